using UnityEditor;

namespace Eyebrush.Editor
{
    /// <summary>What Eyebrush is doing, and why, as a box in an inspector.</summary>
    static class StateBox
    {
        public static void Draw()
        {
            EyebrushReport now = EyebrushReport.Current;
            switch (now.State)
            {
                case EyebrushState.Painting:
                    EditorGUILayout.HelpBox(Painting(now), MessageType.Info);
                    break;
                case EyebrushState.Fault:
                    EditorGUILayout.HelpBox(now.Reason, MessageType.Error);
                    break;
                default:
                    EditorGUILayout.HelpBox("Plain: " + now.Reason, MessageType.None);
                    break;
            }
        }

        static string Painting(EyebrushReport now)
        {
            return "Painting in " + now.Style + " on " + now.Backend + "\n" + now.FieldsPerSecond.ToString("0") +
                " fields a second, the newest " + (now.FieldAgeSeconds * 1000).ToString("0") +
                " ms old; session " + now.Session;
        }
    }
}
