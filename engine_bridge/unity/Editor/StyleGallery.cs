using UnityEditor;
using UnityEngine;

namespace Eyebrush.Editor
{
    /// <summary>A picture of each shipped style, to choose one by looking.</summary>
    static class StyleGallery
    {
        const string SheetPath = "Packages/com.eyebrush.eyebrush/Editor/Gallery/gallery.jpg";
        const float SidePx = 64;
        const float GapPx = 4;

        static readonly Color Chosen = new Color(0.24f, 0.49f, 0.91f);
        static Texture2D sheet;
        static GUIContent[] names;

        /// <summary>Draws the pictures in rows as wide as the inspector; gives the name that was clicked, else
        /// null.</summary>
        public static string Draw(string chosen)
        {
            if (sheet == null) sheet = AssetDatabase.LoadAssetAtPath<Texture2D>(SheetPath);
            if (names == null) names = Tooltips();
            if (sheet == null)
            {
                EditorGUILayout.HelpBox("got no " + SheetPath + "; wanted the package's; fix: reinstall it",
                    MessageType.Warning);
                return null;
            }
            float step = SidePx + GapPx;
            int columns = Mathf.Max(1, (int)(EditorGUIUtility.currentViewWidth / step) - 1);
            int rows = (Styles.Names.Length + columns - 1) / columns;
            Rect area = GUILayoutUtility.GetRect(columns * step, rows * step);
            string clicked = null;
            for (int i = 0; i < Styles.Names.Length; i++)
            {
                Rect cell = new Rect(area.x + i % columns * step, area.y + i / columns * step, SidePx, SidePx);
                if (Styles.Names[i] == chosen) EditorGUI.DrawRect(Grown(cell), Chosen);
                GUI.DrawTextureWithTexCoords(cell, sheet, Place(i));
                if (GUI.Button(cell, names[i], GUIStyle.none)) clicked = Styles.Names[i];
            }
            EditorGUILayout.LabelField(chosen.Length > 0 ? chosen : "the runtime's own style");
            return clicked;
        }

        /// <summary>Where a style's square is in the sheet; v is 0 at the bottom.</summary>
        static Rect Place(int i)
        {
            int rows = (Styles.Names.Length + Styles.Columns - 1) / Styles.Columns;
            float width = 1f / Styles.Columns, height = 1f / rows;
            return new Rect(i % Styles.Columns * width, 1 - (i / Styles.Columns + 1) * height, width, height);
        }

        static Rect Grown(Rect cell)
        {
            return new Rect(cell.x - GapPx / 2, cell.y - GapPx / 2, cell.width + GapPx, cell.height + GapPx);
        }

        static GUIContent[] Tooltips()
        {
            GUIContent[] all = new GUIContent[Styles.Names.Length];
            for (int i = 0; i < all.Length; i++) all[i] = new GUIContent("", Styles.Names[i]);
            return all;
        }
    }
}
