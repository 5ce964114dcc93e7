using UnityEditor;
using UnityEngine;

namespace Eyebrush.Editor
{
    /// <summary>The events' inspector: what is going on, and the events.</summary>
    [CustomEditor(typeof(EyebrushEvents))]
    sealed class EyebrushEventsEditor : UnityEditor.Editor
    {
        /// <inheritdoc/>
        public override void OnInspectorGUI()
        {
            StateBox.Draw();
            DrawDefaultInspector();
        }

        /// <inheritdoc/>
        public override bool RequiresConstantRepaint()
        {
            return Application.isPlaying;
        }
    }
}
