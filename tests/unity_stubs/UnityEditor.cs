// Signatures of UnityEditor that the package uses, and no others; nothing here does anything. Written from
// the pages named behind each: SR/ is https://docs.unity3d.com/6000.0/Documentation/ScriptReference/
using System;
using UnityEngine;

namespace UnityEditor
{
    public sealed class CustomEditor : Attribute // SR/CustomEditor.html
    {
        public CustomEditor(Type inspectedType) { } // SR/CustomEditor-ctor.html
    }

    public class SerializedObject // SR/SerializedObject.html
    {
        public SerializedProperty FindProperty(string propertyPath) { throw null; } // SR/SerializedObject.FindProperty.html
        public bool ApplyModifiedPropertiesWithoutUndo() { throw null; } // SR/SerializedObject.ApplyModifiedPropertiesWithoutUndo.html
    }

    public class SerializedProperty // SR/SerializedProperty.html
    {
        public string stringValue { get { throw null; } set { } } // SR/SerializedProperty-stringValue.html
        public UnityEngine.Object objectReferenceValue { get { throw null; } set { } } // SR/SerializedProperty-objectReferenceValue.html
        public bool boolValue { get { throw null; } set { } } // SR/SerializedProperty-boolValue.html
    }

    public class Editor : ScriptableObject // SR/Editor.html
    {
        public SerializedObject serializedObject { get { throw null; } } // SR/Editor-serializedObject.html
        public virtual void OnInspectorGUI() { } // SR/Editor.OnInspectorGUI.html
        public virtual bool RequiresConstantRepaint() { throw null; } // SR/Editor.RequiresConstantRepaint.html
        public bool DrawDefaultInspector() { throw null; } // SR/Editor.DrawDefaultInspector.html
    }

    public sealed class AssetDatabase // SR/AssetDatabase.html
    {
        public static T LoadAssetAtPath<T>(string assetPath) where T : UnityEngine.Object { throw null; } // SR/AssetDatabase.LoadAssetAtPath.html
    }

    public enum MessageType { None, Info, Warning, Error } // SR/MessageType.html

    public sealed class EditorGUI // SR/EditorGUI.html
    {
        public static void DrawRect(Rect rect, Color color) { } // SR/EditorGUI.DrawRect.html
    }

    public sealed class EditorGUILayout // SR/EditorGUILayout.html
    {
        public static void HelpBox(string message, MessageType type) { } // SR/EditorGUILayout.HelpBox.html
        public static void LabelField(string label, params GUILayoutOption[] options) { } // SR/EditorGUILayout.LabelField.html
    }

    public sealed class EditorGUIUtility // SR/EditorGUIUtility.html
    {
        public static float currentViewWidth { get { throw null; } } // SR/EditorGUIUtility-currentViewWidth.html
    }
}
