using UnityEditor;
using UnityEditor.Rendering;
using UnityEngine;

namespace Eyebrush.Editor
{
    /// <summary>The volume override's inspector: its settings, the gallery, and what is going on.</summary>
    [CustomEditor(typeof(EyebrushVolume))]
    sealed class EyebrushVolumeEditor : VolumeComponentEditor
    {
        static readonly string[] Slots = { "Style", "Second style" };

        SerializedDataParameter strength, style, mixStyle, mix, calm, detail, strokeOpacity, fadeSeconds, maxFieldAgeSeconds;
        int slot;

        /// <inheritdoc/>
        public override void OnEnable()
        {
            PropertyFetcher<EyebrushVolume> found = new PropertyFetcher<EyebrushVolume>(serializedObject);
            strength = Unpack(found.Find(x => x.strength));
            style = Unpack(found.Find(x => x.style));
            mixStyle = Unpack(found.Find(x => x.mixStyle));
            mix = Unpack(found.Find(x => x.mix));
            calm = Unpack(found.Find(x => x.calm));
            detail = Unpack(found.Find(x => x.detail));
            strokeOpacity = Unpack(found.Find(x => x.strokeOpacity));
            fadeSeconds = Unpack(found.Find(x => x.fadeSeconds));
            maxFieldAgeSeconds = Unpack(found.Find(x => x.maxFieldAgeSeconds));
        }

        /// <inheritdoc/>
        public override void OnInspectorGUI()
        {
            PropertyField(strength);
            PropertyField(style);
            PropertyField(mixStyle);
            PropertyField(mix);
            slot = GUILayout.Toolbar(slot, Slots);
            SerializedDataParameter into = slot == 0 ? style : mixStyle;
            string clicked = StyleGallery.Draw(into.value.stringValue);
            if (clicked != null)
            {
                into.value.stringValue = clicked == into.value.stringValue ? "" : clicked;
                into.overrideState.boolValue = true;
            }
            PropertyField(calm);
            PropertyField(detail);
            PropertyField(strokeOpacity);
            PropertyField(fadeSeconds);
            PropertyField(maxFieldAgeSeconds);
            StateBox.Draw();
        }

        /// <inheritdoc/>
        public override bool RequiresConstantRepaint()
        {
            return Application.isPlaying;
        }
    }
}
