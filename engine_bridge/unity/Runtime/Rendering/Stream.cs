using Eyebrush.Internal;
using UnityEngine;

namespace Eyebrush
{
    /// <summary>
    /// One camera's way to the runtime and back. Once a frame: look at the runtime, take the newest field,
    /// fade. Never waits. The report says what came of it.
    /// </summary>
    sealed unsafe class Stream
    {
        const double RetryS = 2;
        const double Nanosecond = 1e-9;

        readonly Session session = new Session();
        readonly string fault;
        Fade fade;
        int openWidth, openHeight, openEyes;
        double retryAtS;
        bool told;

        public readonly FieldTextures Textures = new FieldTextures();
        public readonly Readback Readback;

        public Stream()
        {
            Readback = new Readback(session);
            fault = FindFault();
        }

        /// <summary>How much of the painting is shown in this frame, 0..1, strength not yet counted.</summary>
        public float Share { get; private set; }

        /// <summary>Whether this frame's small picture is to be drawn and read back.</summary>
        public bool Captures { get; private set; }

        /// <summary>Size of one eye's small picture; at least 1.</summary>
        public int SmallWidth { get; private set; } = 1;

        public int SmallHeight { get; private set; } = 1;

        /// <summary>What is wrong with this machine or project; null where nothing is.</summary>
        static string FindFault()
        {
            if (QualitySettings.activeColorSpace != ColorSpace.Linear)
                return "got the Gamma color space; wanted Linear; fix: Project Settings, Player, Other Settings, " +
                    "Color Space";
            if (!SystemInfo.supportsAsyncGPUReadback)
                return "got a graphics API without asynchronous read-back; wanted Vulkan, Direct3D 11 or 12; fix: " +
                    "Project Settings, Player, Graphics APIs";
            return Session.LibraryFault();
        }

        /// <summary>Say why nothing can be painted, where the camera or the project is at fault.</summary>
        public void Refuse(string reason)
        {
            Share = 0;
            Captures = false;
            Report(EyebrushState.Fault, reason);
        }

        /// <summary>Nothing is to be painted just now, and nothing is sent.</summary>
        public void Rest(string reason)
        {
            Share = 0;
            Captures = false;
            if (fault == null) Report(EyebrushState.Plain, reason);
        }

        /// <summary>The start of a frame with eyes of this size. look: the blended volume.</summary>
        public void Begin(int width, int height, int eyes, EyebrushVolume look, string name)
        {
            Share = 0;
            Captures = false;
            if (fault != null)
            {
                Report(EyebrushState.Fault, fault);
                return;
            }
            if (!IsOpenFor(width, height, eyes, name)) return;
            session.Refresh();
            session.Send(new Session.Wish { Style = look.style.value, MixStyle = look.mixStyle.value,
                Mix = look.mix.value, Strength = 1, Calm = look.calm.value, Detail = look.detail.value });
            bool live = session.Link == Bridge.LinkLive;
            if (live) session.TakeField(Textures);
            bool usable = Textures.Field.eyes == eyes;
            double age = usable
                ? (BridgeNative.eb_now_ns() - Textures.Field.framePublishNs) * Nanosecond
                : double.PositiveInfinity;
            bool fresh = live && usable && age <= look.maxFieldAgeSeconds.value;
            float share = fade.Step(fresh, Time.realtimeSinceStartupAsDouble, look.fadeSeconds.value);
            Share = usable ? share * Textures.Field.strength : 0;
            SmallWidth = (int)BridgeNative.eb_small_px((uint)width);
            SmallHeight = (int)BridgeNative.eb_small_px((uint)height);
            Captures = live && !Readback.IsFull && Readback.Fit(SmallWidth, SmallHeight, eyes);
            Judgement now = Judgement.Of(session.Link, session.RuntimeState, usable, fresh, session.RuntimeReason);
            Report(now.Painting ? EyebrushState.Painting : EyebrushState.Plain, now.Reason, (float)age);
        }

        /// <summary>Where the field's eye was, for `reproject` of the composite's shader.</summary>
        public void Reprojection(int eye, EbView* frame, float* rows)
        {
            EbView field = eye == 0 ? Textures.Field.left : Textures.Field.right;
            ViewMath.Reprojection(frame, &field, rows);
        }

        bool IsOpenFor(int width, int height, int eyes, string name)
        {
            if (session.IsOpen && eyes == openEyes && width <= openWidth && height <= openHeight) return true;
            double now = Time.realtimeSinceStartupAsDouble;
            if (now < retryAtS) return false;
            int answer = session.Open(name, EngineName, width, height, eyes);
            if (answer != Bridge.Ok)
            {
                retryAtS = now + RetryS;
                Report(EyebrushState.Plain, BridgeNative.LastMessage());
                return false;
            }
            openWidth = width;
            openHeight = height;
            openEyes = eyes;
            return true;
        }

        static string EngineName
        {
            get { return "Unity " + Application.unityVersion; }
        }

        void Report(EyebrushState state, string reason, float ageSeconds = float.PositiveInfinity)
        {
            EyebrushReport before = EyebrushReport.Current;
            EyebrushReport.Current = new EyebrushReport {
                State = state,
                Reason = reason,
                RuntimeConnected = session.IsOpen && session.Link == Bridge.LinkLive,
                Style = session.RuntimeStyle,
                Backend = session.RuntimeBackend,
                FieldsPerSecond = session.IsOpen ? session.FieldsPerSecond : 0,
                FieldAgeSeconds = ageSeconds,
                FramesSent = session.IsOpen ? (long)session.FramesPublished : 0,
                Session = session.Name ?? "" };
            // The log speaks when something changes, and once for what is to be mended.
            if (state == EyebrushState.Fault && (!told || before.Reason != reason))
                Debug.LogWarning("Eyebrush: " + reason);
            told |= state == EyebrushState.Fault;
        }

        public void Dispose()
        {
            Readback.Dispose();
            Textures.Dispose();
            session.Dispose();
            EyebrushReport report = EyebrushReport.Current;
            report.State = EyebrushState.Plain;
            report.Reason = "not rendered";
            report.RuntimeConnected = false;
            EyebrushReport.Current = report;
        }
    }
}
