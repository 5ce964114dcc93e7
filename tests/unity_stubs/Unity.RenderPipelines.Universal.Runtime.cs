// Signatures of URP 17 that the package uses, and no others, written from the pages named behind each; see
// UnityEngine.cs. URP/ is
// https://docs.unity3d.com/Packages/com.unity.render-pipelines.universal@17.0/api/UnityEngine.Rendering.Universal.
using System;
using System.Collections.Generic;
using UnityEngine.Experimental.Rendering;
using UnityEngine.Rendering.RenderGraphModule;

[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Frames")]

namespace UnityEngine.Rendering.Universal
{
    public class UniversalRenderPipelineAsset : RenderPipelineAsset { } // URP/UniversalRenderPipelineAsset.html

    public class DisallowMultipleRendererFeature : Attribute // URP/DisallowMultipleRendererFeature.html
    {
        public DisallowMultipleRendererFeature(string customTitle = null) { } // URP/DisallowMultipleRendererFeature.html
    }

    public enum CameraRenderType { Base, Overlay } // URP/CameraRenderType.html
    [Flags] public enum ScriptableRenderPassInput { None = 0, Depth = 1, Normal = 2, Color = 4, Motion = 8 } // URP/ScriptableRenderPassInput.html
    public enum RenderPassEvent { BeforeRenderingTransparents = 450, BeforeRenderingPostProcessing = 550 } // URP/RenderPassEvent.html

    public struct CameraData // URP/CameraData.html
    {
        internal static Camera current;
        internal static CameraRenderType currentType;
        public ref Camera camera { get { return ref current; } } // URP/CameraData.html
        public ref CameraRenderType renderType { get { return ref currentType; } } // URP/CameraData.html
    }

    public struct RenderingData // URP/RenderingData.html
    {
        public CameraData cameraData; // URP/RenderingData.html
    }

    public abstract class ScriptableRenderer // URP/ScriptableRenderer.html
    {
        internal ScriptableRenderPass enqueued;
        public void EnqueuePass(ScriptableRenderPass pass) { enqueued = pass; } // URP/ScriptableRenderer.html
    }

    public sealed class UniversalRenderer : ScriptableRenderer // URP/UniversalRenderer.html
    {
        static readonly Dictionary<string, RTHandle> made = new Dictionary<string, RTHandle>();
        static TextureHandle Make(RenderTextureDescriptor desc, string name)
        {
            RTHandle handle;
            if (!made.TryGetValue(name, out handle)) made[name] = handle = RTHandles.Alloc(desc, name: name);
            return new TextureHandle { handle = handle };
        }

        public static TextureHandle CreateRenderGraphTexture(RenderGraph renderGraph, RenderTextureDescriptor desc, string name, bool clear, FilterMode filterMode = FilterMode.Point, TextureWrapMode wrapMode = TextureWrapMode.Clamp) { return Make(desc, name); } // URP/UniversalRenderer.html
    }

    public abstract class ScriptableRendererFeature : ScriptableObject // URP/ScriptableRendererFeature.html
    {
        public abstract void Create(); // URP/ScriptableRendererFeature.html
        public abstract void AddRenderPasses(ScriptableRenderer renderer, ref RenderingData renderingData); // URP/ScriptableRendererFeature.html
        public void Dispose() { Dispose(true); } // URP/ScriptableRendererFeature.html
        protected virtual void Dispose(bool disposing) { } // URP/ScriptableRendererFeature.html
    }

    public abstract class ScriptableRenderPass // URP/ScriptableRenderPass.html
    {
        public RenderPassEvent renderPassEvent { get; set; } // URP/ScriptableRenderPass.html
        public bool requiresIntermediateTexture { get; set; } // URP/ScriptableRenderPass.html
        protected internal ProfilingSampler profilingSampler { get; set; } // URP/ScriptableRenderPass.html
        public void ConfigureInput(ScriptableRenderPassInput passInput) { } // URP/ScriptableRenderPass.html
        public virtual void RecordRenderGraph(RenderGraph renderGraph, ContextContainer frameData) { } // URP/ScriptableRenderPass.html
    }

    public class UniversalCameraData : ContextItem // URP/UniversalCameraData.html
    {
        public RenderTextureDescriptor cameraTargetDescriptor; // URP/UniversalCameraData.html
        internal readonly Matrix4x4[] view = new Matrix4x4[2], projection = new Matrix4x4[2];
        public XRPass xr { get; internal set; } // URP/UniversalCameraData.html
        public Matrix4x4 GetViewMatrix(int viewIndex = 0) { return view[viewIndex]; } // URP/UniversalCameraData.html
        public Matrix4x4 GetProjectionMatrix(int viewIndex = 0) { return projection[viewIndex]; } // URP/UniversalCameraData.html
    }

    public abstract class UniversalResourceDataBase : ContextItem { } // URP/UniversalResourceDataBase.html

    public class UniversalResourceData : UniversalResourceDataBase // URP/UniversalResourceData.html
    {
        public TextureHandle activeColorTexture { get; internal set; } // URP/UniversalResourceData.html
        public TextureHandle cameraDepthTexture { get; internal set; } // URP/UniversalResourceData.html
        public bool isActiveTargetBackBuffer { get; internal set; } // URP/UniversalResourceData.html
    }
}
