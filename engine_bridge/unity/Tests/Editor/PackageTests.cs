using Eyebrush.Internal;
using NUnit.Framework;
using UnityEditor;
using UnityEngine;

namespace Eyebrush.Tests
{
    /// <summary>What has to be right in an editor before anything can be painted.</summary>
    public sealed class PackageTests
    {
        [Test]
        public void TheNativeLibraryIsThereAndMeansTheSameBytes()
        {
            Assert.IsNull(Session.LibraryFault());
        }

        [Test]
        public void TheShaderIsThere()
        {
            Assert.IsNotNull(Shader.Find("Hidden/Eyebrush/Composite"));
        }

        [Test]
        public void TheGalleryIsThere()
        {
            const string sheet = "Packages/com.eyebrush.eyebrush/Editor/Gallery/gallery.jpg";
            Assert.IsNotNull(AssetDatabase.LoadAssetAtPath<Texture2D>(sheet));
        }

        [Test]
        public void ANewVolumePaintsNothing()
        {
            EyebrushVolume volume = ScriptableObject.CreateInstance<EyebrushVolume>();
            Assert.IsFalse(volume.IsActive());
            volume.strength.Override(0.5f);
            Assert.IsTrue(volume.IsActive());
            Object.DestroyImmediate(volume);
        }
    }
}
