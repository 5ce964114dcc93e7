// Signatures of the SRP core that the package uses, and no others; nothing here does anything. Written from
// the pages named behind each: CORE/ is
// https://docs.unity3d.com/Packages/com.unity.render-pipelines.core@17.0/api/
using System;
using System.Runtime.CompilerServices;
using UnityEngine.Experimental.Rendering;

namespace UnityEngine.Rendering
{
    public class RTHandle // CORE/UnityEngine.Rendering.RTHandle.html
    {
        public RenderTexture rt { get { throw null; } } // CORE/UnityEngine.Rendering.RTHandle.html#UnityEngine_Rendering_RTHandle_rt
        public void Release() { } // CORE/UnityEngine.Rendering.RTHandle.html#UnityEngine_Rendering_RTHandle_Release
    }

    public static class RTHandles // CORE/UnityEngine.Rendering.RTHandles.html
    {
        public static RTHandle Alloc(in RenderTextureDescriptor descriptor, FilterMode filterMode = FilterMode.Point, TextureWrapMode wrapMode = TextureWrapMode.Repeat, bool isShadowMap = false, int anisoLevel = 1, float mipMapBias = 0, string name = "") { throw null; } // CORE/UnityEngine.Rendering.RTHandles.html
    }

    public static class CoreUtils // CORE/UnityEngine.Rendering.CoreUtils.html
    {
        public static Material CreateEngineMaterial(Shader shader) { throw null; } // CORE/UnityEngine.Rendering.CoreUtils.html#UnityEngine_Rendering_CoreUtils_CreateEngineMaterial_UnityEngine_Shader_
        public static void Destroy(Object obj) { } // CORE/UnityEngine.Rendering.CoreUtils.html#UnityEngine_Rendering_CoreUtils_Destroy_UnityEngine_Object_
    }

    public class ProfilingSampler // CORE/UnityEngine.Rendering.ProfilingSampler.html
    {
        public ProfilingSampler(string name) { } // CORE/UnityEngine.Rendering.ProfilingSampler.html
    }

    public abstract class VolumeParameter // CORE/UnityEngine.Rendering.VolumeParameter.html
    {
        public virtual bool overrideState { get { throw null; } set { } } // CORE/UnityEngine.Rendering.VolumeParameter.html
    }

    public class VolumeParameter<T> : VolumeParameter // CORE/UnityEngine.Rendering.VolumeParameter-1.html
    {
        protected VolumeParameter(T value, bool overrideState = false) { } // CORE/UnityEngine.Rendering.VolumeParameter-1.html
        public virtual T value { get { throw null; } set { } } // CORE/UnityEngine.Rendering.VolumeParameter-1.html
        public void Override(T x) { } // CORE/UnityEngine.Rendering.VolumeParameter-1.html
    }

    public class FloatParameter : VolumeParameter<float> // CORE/UnityEngine.Rendering.FloatParameter.html
    {
        public FloatParameter(float value, bool overrideState = false) : base(value, overrideState) { } // CORE/UnityEngine.Rendering.FloatParameter.html
    }

    public class ClampedFloatParameter : FloatParameter // CORE/UnityEngine.Rendering.ClampedFloatParameter.html
    {
        public ClampedFloatParameter(float value, float min, float max, bool overrideState = false) : base(value, overrideState) { } // CORE/UnityEngine.Rendering.ClampedFloatParameter.html
    }

    public class VolumeComponent : ScriptableObject // CORE/UnityEngine.Rendering.VolumeComponent.html
    {
        public bool active = true; // CORE/UnityEngine.Rendering.VolumeComponent.html#UnityEngine_Rendering_VolumeComponent_active
    }

    public class VolumeComponentMenu : Attribute // CORE/UnityEngine.Rendering.VolumeComponentMenu.html
    {
        public VolumeComponentMenu(string menu) { } // CORE/UnityEngine.Rendering.VolumeComponentMenu.html
    }

    public sealed class VolumeStack // CORE/UnityEngine.Rendering.VolumeStack.html
    {
        public T GetComponent<T>() where T : VolumeComponent { throw null; } // CORE/UnityEngine.Rendering.VolumeStack.html
    }

    public sealed class VolumeManager // CORE/UnityEngine.Rendering.VolumeManager.html
    {
        public static VolumeManager instance { get { throw null; } } // CORE/UnityEngine.Rendering.VolumeManager.html
        public VolumeStack stack { get { throw null; } set { } } // CORE/UnityEngine.Rendering.VolumeManager.html
    }

    public sealed class VolumeProfile : ScriptableObject // CORE/UnityEngine.Rendering.VolumeProfile.html
    {
        public bool TryGet<T>(out T component) where T : VolumeComponent { throw null; } // CORE/UnityEngine.Rendering.VolumeProfile.html
    }

    public sealed class Volume : MonoBehaviour // CORE/UnityEngine.Rendering.Volume.html
    {
        public VolumeProfile profile { get { throw null; } set { } } // CORE/UnityEngine.Rendering.Volume.html
    }

    public abstract class ContextItem { } // CORE/UnityEngine.Rendering.ContextItem.html

    public class ContextContainer // CORE/UnityEngine.Rendering.ContextContainer.html
    {
        public T Get<T>() where T : ContextItem, new() { throw null; } // CORE/UnityEngine.Rendering.ContextContainer.html
    }

    public class RasterCommandBuffer // CORE/UnityEngine.Rendering.RasterCommandBuffer.html
    {
        public void DrawProcedural(Matrix4x4 matrix, Material material, int shaderPass, MeshTopology topology, int vertexCount, int instanceCount, MaterialPropertyBlock properties) { } // CORE/UnityEngine.Rendering.RasterCommandBuffer.html
    }

    public class UnsafeCommandBuffer { } // CORE/UnityEngine.Rendering.UnsafeCommandBuffer.html

    public struct CommandBufferHelpers // CORE/UnityEngine.Rendering.CommandBufferHelpers.html
    {
        public static CommandBuffer GetNativeCommandBuffer(UnsafeCommandBuffer baseBuffer) { throw null; } // CORE/UnityEngine.Rendering.CommandBufferHelpers.html
    }
}

namespace UnityEngine.Experimental.Rendering
{
    public class XRPass // CORE/UnityEngine.Experimental.Rendering.XRPass.html
    {
        public bool enabled { get { throw null; } } // CORE/UnityEngine.Experimental.Rendering.XRPass.html
        public bool singlePassEnabled { get { throw null; } } // CORE/UnityEngine.Experimental.Rendering.XRPass.html
        public int viewCount { get { throw null; } } // CORE/UnityEngine.Experimental.Rendering.XRPass.html
        public int multipassId { get { throw null; } } // CORE/UnityEngine.Experimental.Rendering.XRPass.html
    }
}

namespace UnityEngine.Rendering.RenderGraphModule
{
    [Flags] public enum AccessFlags { None = 0, Read = 1, Write = 2, Discard = 4, WriteAll = 6, ReadWrite = 3 } // CORE/UnityEngine.Rendering.RenderGraphModule.AccessFlags.html

    public struct TextureHandle // CORE/UnityEngine.Rendering.RenderGraphModule.TextureHandle.html
    {
        public bool IsValid() { throw null; } // CORE/UnityEngine.Rendering.RenderGraphModule.TextureHandle.html
        public static implicit operator Texture(TextureHandle texture) { throw null; } // CORE/UnityEngine.Rendering.RenderGraphModule.TextureHandle.html
        public static implicit operator RTHandle(TextureHandle texture) { throw null; } // CORE/UnityEngine.Rendering.RenderGraphModule.TextureHandle.html
    }

    public struct RasterGraphContext // CORE/UnityEngine.Rendering.RenderGraphModule.RasterGraphContext.html
    {
        public RasterCommandBuffer cmd { get { throw null; } } // CORE/UnityEngine.Rendering.RenderGraphModule.RasterGraphContext.html
    }

    public class UnsafeGraphContext // CORE/UnityEngine.Rendering.RenderGraphModule.UnsafeGraphContext.html
    {
        public UnsafeCommandBuffer cmd { get { throw null; } } // CORE/UnityEngine.Rendering.RenderGraphModule.UnsafeGraphContext.html
    }

    public delegate void BaseRenderFunc<PassData, ContextType>(PassData data, ContextType renderGraphContext) where PassData : class, new(); // CORE/UnityEngine.Rendering.RenderGraphModule.BaseRenderFunc-2.html

    public interface IBaseRenderGraphBuilder : IDisposable // CORE/UnityEngine.Rendering.RenderGraphModule.IBaseRenderGraphBuilder.html
    {
        void UseTexture(in TextureHandle input, AccessFlags flags = AccessFlags.Read); // CORE/UnityEngine.Rendering.RenderGraphModule.IBaseRenderGraphBuilder.html
        void AllowPassCulling(bool value); // CORE/UnityEngine.Rendering.RenderGraphModule.IBaseRenderGraphBuilder.html
    }

    public interface IRasterRenderGraphBuilder : IBaseRenderGraphBuilder // CORE/UnityEngine.Rendering.RenderGraphModule.IRasterRenderGraphBuilder.html
    {
        void SetRenderAttachment(TextureHandle tex, int index, AccessFlags flags = AccessFlags.Write); // CORE/UnityEngine.Rendering.RenderGraphModule.IRasterRenderGraphBuilder.html
        void SetRenderAttachment(TextureHandle tex, int index, AccessFlags flags, int mipLevel, int depthSlice); // CORE/UnityEngine.Rendering.RenderGraphModule.IRasterRenderGraphBuilder.html
        void SetRenderFunc<PassData>(BaseRenderFunc<PassData, RasterGraphContext> renderFunc) where PassData : class, new(); // CORE/UnityEngine.Rendering.RenderGraphModule.IRasterRenderGraphBuilder.html
    }

    public interface IUnsafeRenderGraphBuilder : IBaseRenderGraphBuilder // CORE/UnityEngine.Rendering.RenderGraphModule.IUnsafeRenderGraphBuilder.html
    {
        void SetRenderFunc<PassData>(BaseRenderFunc<PassData, UnsafeGraphContext> renderFunc) where PassData : class, new(); // CORE/UnityEngine.Rendering.RenderGraphModule.IUnsafeRenderGraphBuilder.html
    }

    public class RenderGraph // CORE/UnityEngine.Rendering.RenderGraphModule.RenderGraph.html
    {
        public TextureHandle ImportTexture(RTHandle rt) { throw null; } // CORE/UnityEngine.Rendering.RenderGraphModule.RenderGraph.html
        public IRasterRenderGraphBuilder AddRasterRenderPass<PassData>(string passName, out PassData passData, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) where PassData : class, new() { throw null; } // CORE/UnityEngine.Rendering.RenderGraphModule.RenderGraph.html
        public IUnsafeRenderGraphBuilder AddUnsafePass<PassData>(string passName, out PassData passData, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) where PassData : class, new() { throw null; } // CORE/UnityEngine.Rendering.RenderGraphModule.RenderGraph.html
    }
}
