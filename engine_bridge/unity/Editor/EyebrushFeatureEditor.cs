using UnityEditor;
using UnityEngine;

namespace Eyebrush.Editor
{
    /// <summary>The renderer feature's inspector: its settings, and what is going on.</summary>
    [CustomEditor(typeof(EyebrushFeature))]
    sealed class EyebrushFeatureEditor : UnityEditor.Editor
    {
        /// <summary>The shader is a reference of the feature, so that it gets into builds.</summary>
        void OnEnable()
        {
            SerializedProperty shader = serializedObject.FindProperty("shader");
            if (shader.objectReferenceValue != null) return;
            shader.objectReferenceValue = Shader.Find("Hidden/Eyebrush/Composite");
            serializedObject.ApplyModifiedPropertiesWithoutUndo();
        }

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
