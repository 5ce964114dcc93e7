using UnityEngine;

namespace Eyebrush
{
    /// <summary>What the player sees, in one word.</summary>
    public enum EyebrushState
    {
        /// <summary>The game's own picture; <see cref="EyebrushReport.Reason"/> says why.</summary>
        Plain,
        /// <summary>A field is there, fresh, and shown.</summary>
        Painting,
        /// <summary>Something has to be mended first; <see cref="EyebrushReport.Reason"/> says what.</summary>
        Fault
    }

    /// <summary>What Eyebrush and its runtime are doing, for people and for programs.</summary>
    public struct EyebrushReport
    {
        /// <summary>Plain, painting or fault.</summary>
        public EyebrushState State;
        /// <summary>Why the picture is plain, or what is wrong; empty while painting.</summary>
        public string Reason;
        /// <summary>A runtime is attached, and its heart beats.</summary>
        public bool RuntimeConnected;
        /// <summary>What the runtime paints in now, and on what; empty without one.</summary>
        public string Style, Backend;
        /// <summary>Style fields that the runtime makes in a second.</summary>
        public float FieldsPerSecond;
        /// <summary>Seconds since the frame that the newest field was made from; infinity without one.</summary>
        public float FieldAgeSeconds;
        /// <summary>Small pictures sent so far.</summary>
        public long FramesSent;
        /// <summary>The session's name, as `eyebrush bridge-ls` lists it.</summary>
        public string Session;

        /// <summary>Of the camera that is painted. Main thread.</summary>
        public static EyebrushReport Current { get; internal set; } = Nothing;

        static EyebrushReport Nothing
        {
            get
            {
                return new EyebrushReport { Reason = "no camera has been painted yet", Style = "",
                    Backend = "", Session = "", FieldAgeSeconds = float.PositiveInfinity };
            }
        }

        [RuntimeInitializeOnLoadMethod(RuntimeInitializeLoadType.SubsystemRegistration)]
        static void Forget()
        {
            Current = Nothing;
        }
    }
}
