using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.Rendering.Universal;

namespace Eyebrush
{
    /// <summary>
    /// Restyles what one camera sees with fields from the Eyebrush runtime, in each eye. Add it to the
    /// Universal Renderer (Add Renderer Feature, Eyebrush), and an <see cref="EyebrushVolume"/> to the scene.
    /// Without a runtime (`eyebrush serve`) the picture stays plain; nothing here waits for it.
    /// </summary>
    [DisallowMultipleRendererFeature("Eyebrush")]
    [Tooltip("Restyles the picture like a painting, live and in both eyes.")]
    public sealed class EyebrushFeature : ScriptableRendererFeature
    {
        const string ShaderName = "Hidden/Eyebrush/Composite";
        const int OwnerIsGoneAfterFrames = 2;

        [SerializeField, HideInInspector] Shader shader;

        [Tooltip("Let strokes follow near things when the head moves, not only when it turns. Uses the depth texture.")]
        public bool useDepth = true;

        [Tooltip("Paint before transparent things are drawn, so that labels, particles and panels stay as they are.")]
        public bool keepTransparent;

        [Tooltip("Paint the scene view, too, while no game camera is drawn.")]
        public bool paintSceneView;

        [Tooltip("Name of the session that the runtime sees. Empty takes the product's name.")]
        public string sessionName = "";

        Material material;
        string session;
        EyebrushPass pass;
        Camera owner;
        int ownerFrame;

        /// <inheritdoc/>
        public override void Create()
        {
            if (shader == null) shader = Shader.Find(ShaderName);
            if (material == null && shader != null) material = CoreUtils.CreateEngineMaterial(shader);
            if (pass == null) pass = new EyebrushPass();
            session = Cleaned(string.IsNullOrEmpty(sessionName) ? Application.productName : sessionName);
            pass.renderPassEvent = keepTransparent
                ? RenderPassEvent.BeforeRenderingTransparents
                : RenderPassEvent.BeforeRenderingPostProcessing;
        }

        /// <inheritdoc/>
        public override void AddRenderPasses(ScriptableRenderer renderer, ref RenderingData renderingData)
        {
            if (pass == null) return;
            Camera camera = renderingData.cameraData.camera;
            EyebrushVolume look = VolumeManager.instance.stack.GetComponent<EyebrushVolume>();
            if (renderingData.cameraData.renderType == CameraRenderType.Overlay || !IsPainted(camera)) return;
            if (look == null || !Owns(camera)) return;
            if (!look.IsActive())
            {
                pass.Rest("no Eyebrush volume with a strength is active here");
                return;
            }
            pass.Setup(material, look, useDepth, session);
            renderer.EnqueuePass(pass);
        }

        bool IsPainted(Camera camera)
        {
            if (camera.cameraType == CameraType.SceneView) return paintSceneView;
            return camera.cameraType == CameraType.Game || camera.cameraType == CameraType.VR;
        }

        /// <summary>One feature serves one camera: the first that is drawn with it, until that is drawn no more.
        /// Its eyes are one camera. A game camera comes before the scene view.</summary>
        bool Owns(Camera camera)
        {
            int frame = Time.renderedFrameCount;
            bool gone = owner == null || frame - ownerFrame > OwnerIsGoneAfterFrames;
            bool better = owner != null && owner.cameraType == CameraType.SceneView &&
                camera.cameraType != CameraType.SceneView;
            if (owner != camera && !gone && !better) return false;
            owner = camera;
            ownerFrame = frame;
            return true;
        }

        /// <summary>The product's name, or the one given, in the letters that a session may have.</summary>
        static string Cleaned(string wanted)
        {
            char[] letters = wanted.ToLowerInvariant().ToCharArray();
            for (int i = 0; i < letters.Length; i++)
                if ((letters[i] < 'a' || letters[i] > 'z') && (letters[i] < '0' || letters[i] > '9'))
                    letters[i] = '-';
            string name = new string(letters).TrimStart('-');
            return name.Length > 0 ? name : "unity";
        }

        /// <inheritdoc/>
        protected override void Dispose(bool disposing)
        {
            if (pass != null) pass.Dispose();
            pass = null;
            owner = null;
            CoreUtils.Destroy(material);
            material = null;
        }
    }
}
