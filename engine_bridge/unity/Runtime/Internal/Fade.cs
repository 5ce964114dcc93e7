using System;

namespace Eyebrush.Internal
{
    /// <summary>How much of the painting is shown: up while fields are fresh, down to plain when not.</summary>
    public struct Fade
    {
        const double LongestStepS = 0.05;
        double lastS;
        bool started;

        /// <summary>0: plain, 1: painted.</summary>
        public float Share { get; private set; }

        /// <summary>fresh: there is a field that may be shown now. nowS: any clock that goes on, in seconds.
        /// fadeS: from plain to painted and back. A pause of the game (a load, a breakpoint) counts as one
        /// frame of 50 ms at most.</summary>
        public float Step(bool fresh, double nowS, float fadeS)
        {
            double passed = started ? Math.Min(Math.Max(nowS - lastS, 0), LongestStepS) : 0;
            lastS = nowS;
            started = true;
            float step = fadeS > 0 ? (float)(passed / fadeS) : 1;
            Share = Math.Min(Math.Max(Share + (fresh ? step : -step), 0), 1);
            return Share;
        }
    }
}
