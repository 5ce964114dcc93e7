using UnityEditor;
using UnityEngine;

namespace Eyebrush.Editor
{
    /// <summary>The renderer feature's inspector: its settings, and what is going on.</summary>
    [CustomEditor(typeof(EyebrushFeature))]
    sealed class EyebrushFeatureEditor : UnityEditor.Editor
    {
        /// <inheritdoc/>
        public override void OnInspectorGUI()
        {
            DrawDefaultInspector();
            StateBox.Draw();
            EditorGUILayout.LabelField("The style is chosen in a volume: Add Override, Eyebrush.");
        }

        /// <inheritdoc/>
        public override bool RequiresConstantRepaint()
        {
            return Application.isPlaying;
        }
    }
}
