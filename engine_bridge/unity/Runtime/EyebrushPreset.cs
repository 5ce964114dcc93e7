using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using UnityEngine;

namespace Eyebrush
{
    /// <summary>A look that was saved at the style desk: the text of a file such as `evening.json`.</summary>
    public sealed class EyebrushPreset
    {
        const string Format = "eyebrush-preset/1";
        const int MostBytes = 127; // of a mix as text: that is what a message of the bridge has room for

        const float Absent = float.NegativeInfinity;

        [Serializable]
        sealed class Part
        {
            public string style = "";
            public float weight = 0f;
        }

        [Serializable]
        sealed class Content
        {
            public string format = "", name = "";
            public Part[] mix = new Part[0];
            public float strength = Absent, calm = Absent, detail = Absent;
        }

        /// <summary>Its name.</summary>
        public string Name { get; private set; }
        /// <summary>One style, or a mix as the runtime reads it: "starry-night:0.6,great-wave:0.4".</summary>
        public string Style { get; private set; }
        /// <summary>0 is the plain picture, 1 is fully painted.</summary>
        public float Strength { get; private set; }
        /// <summary>0..1, or null where the preset does not say: then a volume keeps its own.</summary>
        public float? Calm { get; private set; }
        /// <summary>0..1, or null where the preset does not say: then a volume keeps its own.</summary>
        public float? Detail { get; private set; }

        EyebrushPreset() { }

        /// <summary>Reads a preset. Throws FormatException, which says what is wrong with it.</summary>
        public static EyebrushPreset Parse(string json)
        {
            Content content;
            try
            {
                content = JsonUtility.FromJson<Content>(json);
            }
            catch (ArgumentException error)
            {
                throw new FormatException("got a preset that is no JSON (" + error.Message + "); wanted "
                    + Format + "; fix: save it again at the desk", error);
            }
            if (content == null || content.format != Format)
                throw Wrong("another format");
            float? strength = Dial("strength", content.strength);
            if (strength == null)
                throw Wrong("no strength");
            return new EyebrushPreset {
                Name = content.name, Style = Mixed(content.mix), Strength = strength.Value,
                Calm = Dial("calm", content.calm), Detail = Dial("detail", content.detail) };
        }

        /// <summary>Give a volume this look; its other settings stay as they are.</summary>
        public void ApplyTo(EyebrushVolume volume)
        {
            volume.style.Override(Style);
            volume.mixStyle.Override("");
            volume.mix.Override(0f);
            volume.strength.Override(Strength);
            if (Calm != null) volume.calm.Override(Calm.Value);
            if (Detail != null) volume.detail.Override(Detail.Value);
        }

        static float? Dial(string name, float value)
        {
            if (value == Absent) return null;
            if (value >= 0f && value <= 1f) return value;
            throw Wrong(name + " " + value.ToString(CultureInfo.InvariantCulture));
        }

        static string Mixed(IReadOnlyList<Part> parts)
        {
            float total = 0f;
            foreach (Part part in parts)
            {
                if (string.IsNullOrEmpty(part.style) || !(part.weight > 0f && part.weight <= 1000f))
                    throw Wrong("a part without a style, or without a weight above 0, in its mix");
                total += part.weight;
            }
            if (parts.Count == 0)
                throw Wrong("no mix");
            if (parts.Count == 1)
                return parts[0].style;
            var text = new StringBuilder();
            foreach (Part part in parts)
            {
                string weight = (part.weight / total).ToString("0.###", CultureInfo.InvariantCulture);
                text.Append(text.Length > 0 ? "," : "").Append(part.style).Append(':').Append(weight);
            }
            if (Encoding.UTF8.GetByteCount(text.ToString()) > MostBytes)
                throw Wrong("a mix of too many styles for the bridge");
            return text.ToString();
        }

        static FormatException Wrong(string what)
        {
            return new FormatException("got a preset with " + what + "; wanted " + Format
                + "; fix: save it again at the desk");
        }
    }
}
