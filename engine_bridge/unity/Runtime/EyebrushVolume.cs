using System;
using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.Rendering.Universal;

namespace Eyebrush
{
    /// <summary>The name of a style. Names do not blend: the volume with the higher priority has its way.</summary>
    [Serializable]
    public sealed class StyleParameter : VolumeParameter<string>
    {
        public StyleParameter(string value, bool overrideState = false) : base(value, overrideState) { }
    }

    /// <summary>
    /// How strongly and in which style a place is painted. Add it to a global volume for a whole scene, or to a
    /// box that the player walks into. Without an active override nothing is painted and nothing is sent.
    /// </summary>
    [Serializable]
    [VolumeComponentMenu("Eyebrush")]
    [SupportedOnRenderPipeline(typeof(UniversalRenderPipelineAsset))]
    public sealed class EyebrushVolume : VolumeComponent
    {
        [Tooltip("0 is the plain picture, 1 is fully painted.")]
        public ClampedFloatParameter strength = new ClampedFloatParameter(0f, 0f, 1f);

        [Tooltip("Name of a style, as `eyebrush style list` prints it. Empty leaves it to the runtime.")]
        public StyleParameter style = new StyleParameter("");

        [Tooltip("A second style to mix in.")]
        public StyleParameter mixStyle = new StyleParameter("");

        [Tooltip("Share of the second style: 0 is only the first, 1 only the second.")]
        public ClampedFloatParameter mix = new ClampedFloatParameter(0f, 0f, 1f);

        [Tooltip("How much strokes stay where they are in the world; 0 makes each field anew.")]
        public ClampedFloatParameter calm = new ClampedFloatParameter(1f, 0f, 1f);

        [Tooltip("How far strokes keep off lettering and other hard contrast.")]
        public ClampedFloatParameter detail = new ClampedFloatParameter(0.7f, 0f, 1f);

        [Tooltip("How much of the brush strokes is laid over the colours.")]
        public ClampedFloatParameter strokeOpacity = new ClampedFloatParameter(1f, 0f, 1f);

        [Tooltip("Seconds from plain to painted, and back when the runtime stops or falls behind.")]
        public ClampedFloatParameter fadeSeconds = new ClampedFloatParameter(0.2f, 0f, 5f);

        [Tooltip("Fade to the plain picture when the newest field was made from a frame older than this, in seconds.")]
        public ClampedFloatParameter maxFieldAgeSeconds = new ClampedFloatParameter(0.8f, 0.05f, 5f);

        /// <summary>Whether there is anything to paint here.</summary>
        public bool IsActive()
        {
            return active && strength.value > 0f;
        }
    }
}
