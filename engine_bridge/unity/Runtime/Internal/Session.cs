using System;

namespace Eyebrush.Internal
{
    /// <summary>Where the parts of a new field go. Both calls come from <see cref="Session.TakeField"/>.</summary>
    public unsafe interface IFieldTarget
    {
        /// <summary>Copy what is needed; the planes are the runtime's again afterwards. Nothing is shown yet:
        /// the field may turn out to be torn.</summary>
        void Copy(EbField* field, EbFieldPlanes* planes);

        /// <summary>The field of the last <see cref="Copy"/> is whole: use it from now on.</summary>
        void Use();
    }

    /// <summary>
    /// The engine's side of the bridge: small pictures out, style fields in, wishes and reports. No call waits
    /// for the runtime, and none allocates after <see cref="Open"/> unless a text or a wish has changed.
    /// One thread at a time.
    /// </summary>
    public sealed unsafe class Session : IDisposable
    {
        const int NamesTried = 8;
        const int NamePart = 40;

        readonly CachedText style = new CachedText(Bridge.TextBytes);
        readonly CachedText backend = new CachedText(Bridge.TextBytes);
        readonly CachedText reason = new CachedText(Bridge.ReasonBytes);
        EngineHandle engine;
        EbStatus status;
        EbField field;
        Wish sent;
        bool hasSent;

        /// <summary>What the engine wants of the runtime.</summary>
        public struct Wish
        {
            /// <summary>Names of shipped or own styles; empty leaves it to the runtime.</summary>
            public string Style, MixStyle;
            /// <summary>0 is only <see cref="Style"/>, 1 only <see cref="MixStyle"/>.</summary>
            public float Mix;
            /// <summary>0..1, see EbField.strength.</summary>
            public float Strength;
            /// <summary>0..1, see EbControl: how much strokes stay where they are; how far they keep off
            /// lettering.</summary>
            public float Calm, Detail;
            /// <summary>Make no fields for now.</summary>
            public bool Paused;

            public bool Equals(Wish other)
            {
                return Style == other.Style && MixStyle == other.MixStyle && Mix == other.Mix &&
                    Strength == other.Strength && Calm == other.Calm && Detail == other.Detail &&
                    Paused == other.Paused;
            }
        }

        public bool IsOpen
        {
            get { return engine != null && !engine.IsClosed; }
        }

        /// <summary>The name that the session got; others than the one asked for end in -2 to -8.</summary>
        public string Name { get; private set; }

        // As of the last Refresh:

        /// <summary>Bridge.LinkNone to LinkLost: whether a runtime is there.</summary>
        public uint Link
        {
            get { return status.link; }
        }

        /// <summary>Bridge.StateStarting to StateFailed: the runtime's own word.</summary>
        public uint RuntimeState
        {
            get { return status.report.state; }
        }

        public float FieldsPerSecond
        {
            get { return status.report.fieldsPerS; }
        }

        public ulong FramesPublished
        {
            get { return status.framesPublished; }
        }

        /// <summary>What the runtime paints in, on what, and why it does not.</summary>
        public string RuntimeStyle
        {
            get { return style.Text; }
        }

        public string RuntimeBackend
        {
            get { return backend.Text; }
        }

        public string RuntimeReason
        {
            get { return reason.Text; }
        }

        /// <summary>Null, or why the native library cannot be used here: got, wanted, fix.</summary>
        public static string LibraryFault()
        {
            try
            {
                BridgeLayout.Check();
                return null;
            }
            catch (DllNotFoundException)
            {
                return "got no native library eyebrush_bridge for this platform; wanted it in Plugins/x86_64; " +
                    "fix: eyebrush install unity PROJECT_DIR, then restart the editor";
            }
            catch (EntryPointNotFoundException missing)
            {
                return "got an older native library (" + missing.Message + "); wanted the package's own; " +
                    "fix: eyebrush install unity PROJECT_DIR, then restart the editor";
            }
            catch (InvalidOperationException wrong)
            {
                return wrong.Message;
            }
        }

        /// <summary>Open a session for eyes up to this size. Another game, or another camera of this one, may
        /// have the name: then name-2, name-3, ... Returns a status; see BridgeNative.LastMessage.</summary>
        public int Open(string name, string engineName, int widthPx, int heightPx, int eyes)
        {
            Dispose();
            EbEngineConfig config = new EbEngineConfig {
                maxWidthPx = (uint)widthPx, maxHeightPx = (uint)heightPx, maxEyes = (uint)eyes };
            BridgeText.Write(config.engine, Bridge.TextBytes, engineName);
            string part = name.Length > NamePart ? name.Substring(0, NamePart) : name;
            int answer = Bridge.Busy;
            for (int n = 1; n <= NamesTried && answer == Bridge.Busy; n++)
            {
                Name = n == 1 ? part : part + "-" + n;
                BridgeText.Write(config.name, Bridge.NameBytes, Name);
                answer = BridgeNative.eb_engine_open(&config, out engine);
            }
            if (answer != Bridge.Ok) engine = null;
            return answer;
        }

        /// <summary>Send one frame. left, right: the eyes' small pictures, [height][width][4] bytes each,
        /// sRGB-encoded, row 0 on top; right is not looked at with one eye.</summary>
        public int Publish(EbFrame* frame, byte* left, byte* right)
        {
            EbFramePlanes into;
            int answer = BridgeNative.eb_engine_begin_frame(engine, frame, &into);
            if (answer != Bridge.Ok) return answer;
            long bytes = (long)into.colorBytes / frame->eyes;
            Buffer.MemoryCopy(left, into.color, bytes, bytes);
            if (frame->eyes > 1) Buffer.MemoryCopy(right, into.color + bytes, bytes, bytes);
            return BridgeNative.eb_engine_publish(engine);
        }

        /// <summary>Hand the newest field over, if there is a newer one. True where target has it whole.</summary>
        public bool TakeField(IFieldTarget target)
        {
            EbFieldPlanes planes;
            fixed (EbField* into = &field)
            {
                if (BridgeNative.eb_engine_acquire_field(engine, into, &planes) != Bridge.Ok) return false;
                bool wanted = field.kind == Bridge.ModeField;
                if (wanted) target.Copy(into, &planes);
                if (BridgeNative.eb_engine_release_field(engine) != Bridge.Ok || !wanted) return false;
            }
            target.Use();
            return true;
        }

        /// <summary>Look at the runtime's state again. Once a frame is enough.</summary>
        public void Refresh()
        {
            fixed (EbStatus* into = &status)
            {
                BridgeNative.eb_engine_status(engine, into);
                style.Update(into->report.style);
                backend.Update(into->report.backend);
                reason.Update(into->report.reason);
            }
        }

        /// <summary>Tell the runtime what is wanted; does nothing where that was said before.</summary>
        public int Send(Wish wish)
        {
            if (hasSent && wish.Equals(sent)) return Bridge.Ok;
            EbControl control = new EbControl {
                mode = Bridge.ModeField, paused = wish.Paused ? 1u : 0u,
                mix = string.IsNullOrEmpty(wish.MixStyle) ? 0 : wish.Mix, strength = wish.Strength,
                calm = wish.Calm, detail = wish.Detail, hasStrength = 1, hasCalm = 1, hasDetail = 1 };
            BridgeText.Write(control.style, Bridge.TextBytes, wish.Style ?? "");
            BridgeText.Write(control.mixStyle, Bridge.TextBytes, wish.MixStyle ?? "");
            int answer = BridgeNative.eb_engine_set_control(engine, &control, null);
            hasSent = answer == Bridge.Ok;
            sent = wish;
            return answer;
        }

        public void Dispose()
        {
            if (engine != null) engine.Dispose();
            engine = null;
            hasSent = false;
            status = new EbStatus();
        }
    }
}
