namespace Eyebrush.Internal
{
    /// <summary>A text of the bridge as a string, decoded anew only when its bytes have changed, so that
    /// looking at it every frame makes no garbage.</summary>
    public sealed unsafe class CachedText
    {
        readonly byte[] seen;

        public CachedText(int bytes)
        {
            seen = new byte[bytes];
            Text = "";
        }

        public string Text { get; private set; }

        /// <summary>Looks at the bytes; true where the text is another one now.</summary>
        public bool Update(byte* bytes)
        {
            bool same = true;
            for (int i = 0; i < seen.Length && same; i++)
            {
                same = seen[i] == bytes[i];
                if (same && bytes[i] == 0) return false;
            }
            if (same) return false;
            for (int i = 0; i < seen.Length; i++) seen[i] = bytes[i];
            Text = BridgeText.Read(bytes, seen.Length);
            return true;
        }
    }
}
