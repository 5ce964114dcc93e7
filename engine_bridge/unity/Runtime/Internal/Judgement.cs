namespace Eyebrush.Internal
{
    /// <summary>What the picture is, and in a few words why.</summary>
    public struct Judgement
    {
        public bool Painting;
        /// <summary>Empty while painting.</summary>
        public string Reason;

        /// <summary>usable: a field for these eyes is there. fresh: and it is not too old.
        /// runtimeReason: what the runtime says of a failure. The texts are constants: no garbage.</summary>
        public static Judgement Of(uint link, uint state, bool usable, bool fresh, string runtimeReason)
        {
            if (fresh) return new Judgement { Painting = true, Reason = "" };
            return new Judgement { Reason = WhyPlain(link, state, usable, runtimeReason) };
        }

        static string WhyPlain(uint link, uint state, bool usable, string runtimeReason)
        {
            switch (link)
            {
                case Bridge.LinkNone: return "no runtime yet: run `eyebrush serve`";
                case Bridge.LinkStalled: return "the runtime is stalled";
                case Bridge.LinkLost: return "the runtime has gone: run `eyebrush serve`";
            }
            if (state == Bridge.StateFailed)
                return runtimeReason.Length > 0 ? runtimeReason : "the runtime failed";
            return usable ? "the newest field is too old" : "waiting for the first field";
        }
    }
}
