// Made by engine_bridge/make_galleries.py.
namespace Eyebrush.Editor
{
    /// <summary>The shipped styles, in the order of gallery.jpg.</summary>
    static class Styles
    {
        public const int Columns = 8;

        public static readonly string[] Names =
        {
            "benzaiten",
            "composition-vii",
            "composition-viii",
            "contrast-of-forms",
            "ejiri",
            "fan",
            "grande-jatte",
            "great-wave",
            "harbour-etching",
            "harvesters",
            "jalousie",
            "jas-de-bouffan",
            "kazusa",
            "librarian",
            "lion",
            "mackerel",
            "metzinger",
            "mona-lisa",
            "mondrian-1913",
            "mosaic",
            "oiran",
            "perfume",
            "pesaro",
            "piano",
            "ramparts",
            "ryogoku",
            "scream",
            "shipwreck",
            "starry-night",
            "sunrise",
            "suprematism",
            "tahitian-women",
            "tree-of-life",
            "udnie",
            "water-lilies",
            "wheat-field",
            "woman-with-hat",
        };
    }
}
