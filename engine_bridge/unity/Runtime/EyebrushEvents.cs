using System;
using UnityEngine;
using UnityEngine.Events;

namespace Eyebrush
{
    /// <summary>Tells a scene when the runtime comes and goes, and when the picture becomes plain or painted.</summary>
    [AddComponentMenu("Eyebrush/Eyebrush Events")]
    [DisallowMultipleComponent]
    public sealed class EyebrushEvents : MonoBehaviour
    {
        /// <summary>An event with a text: a reason, or the name of a style.</summary>
        [Serializable]
        public sealed class TextEvent : UnityEvent<string> { }

        [Tooltip("The runtime attached.")]
        public UnityEvent runtimeConnected = new UnityEvent();

        [Tooltip("The runtime left, or died; the picture fades to plain.")]
        public UnityEvent runtimeLost = new UnityEvent();

        [Tooltip("The reason changed: empty while painting, else why the picture is plain.")]
        public TextEvent stateChanged = new TextEvent();

        [Tooltip("The runtime paints in this style now.")]
        public TextEvent styleChanged = new TextEvent();

        EyebrushReport seen;

        void OnEnable()
        {
            seen = new EyebrushReport { Style = "" };
        }

        void LateUpdate()
        {
            EyebrushReport now = EyebrushReport.Current;
            EyebrushReport before = seen;
            seen = now;
            if (now.RuntimeConnected != before.RuntimeConnected)
                (now.RuntimeConnected ? runtimeConnected : runtimeLost).Invoke();
            if (now.State != before.State || now.Reason != before.Reason) stateChanged.Invoke(now.Reason);
            if (now.Style != before.Style) styleChanged.Invoke(now.Style);
        }
    }
}
