// Signatures of the SRP core that the package uses, and no others, written from the pages named behind each;
// see UnityEngine.cs. CORE/ is
// https://docs.unity3d.com/Packages/com.unity.render-pipelines.core@17.0/api/
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Runtime.CompilerServices;
using UnityEngine.Experimental.Rendering;

[assembly: InternalsVisibleTo("Unity.RenderPipelines.Universal.Runtime")]
[assembly: InternalsVisibleTo("Frames")]

namespace UnityEngine.Rendering
{
    public class RTHandle // CORE/UnityEngine.Rendering.RTHandle.html
    {
        public RenderTexture rt { get; internal set; } // CORE/UnityEngine.Rendering.RTHandle.html#UnityEngine_Rendering_RTHandle_rt
        public void Release() { } // CORE/UnityEngine.Rendering.RTHandle.html#UnityEngine_Rendering_RTHandle_Release
    }

    public static class RTHandles // CORE/UnityEngine.Rendering.RTHandles.html
    {
        public static RTHandle Alloc(in RenderTextureDescriptor descriptor, FilterMode filterMode = FilterMode.Point, TextureWrapMode wrapMode = TextureWrapMode.Repeat, bool isShadowMap = false, int anisoLevel = 1, float mipMapBias = 0, string name = "") { return new RTHandle { rt = new RenderTexture { name = name, width = descriptor.width, height = descriptor.height, volumeDepth = descriptor.volumeDepth, memory = Marshal.AllocHGlobal(descriptor.width * descriptor.height * descriptor.volumeDepth * 4) } }; } // CORE/UnityEngine.Rendering.RTHandles.html
    }

    public static class CoreUtils // CORE/UnityEngine.Rendering.CoreUtils.html
    {
        public static Material CreateEngineMaterial(Shader shader) { return new Material(); } // CORE/UnityEngine.Rendering.CoreUtils.html#UnityEngine_Rendering_CoreUtils_CreateEngineMaterial_UnityEngine_Shader_
        public static void Destroy(Object obj) { } // CORE/UnityEngine.Rendering.CoreUtils.html#UnityEngine_Rendering_CoreUtils_Destroy_UnityEngine_Object_
    }

    public class ProfilingSampler // CORE/UnityEngine.Rendering.ProfilingSampler.html
    {
        public ProfilingSampler(string name) { } // CORE/UnityEngine.Rendering.ProfilingSampler.html
    }

    public abstract class VolumeParameter // CORE/UnityEngine.Rendering.VolumeParameter.html
    {
        public virtual bool overrideState { get; set; } // CORE/UnityEngine.Rendering.VolumeParameter.html
    }

    public class VolumeParameter<T> : VolumeParameter // CORE/UnityEngine.Rendering.VolumeParameter-1.html
    {
        T held;
        protected VolumeParameter(T value, bool overrideState = false) { held = value; } // CORE/UnityEngine.Rendering.VolumeParameter-1.html
        public virtual T value { get { return held; } set { held = value; } } // CORE/UnityEngine.Rendering.VolumeParameter-1.html
        public void Override(T x) { held = x; } // CORE/UnityEngine.Rendering.VolumeParameter-1.html
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
        internal VolumeComponent component;
        public T GetComponent<T>() where T : VolumeComponent { return (T)component; } // CORE/UnityEngine.Rendering.VolumeStack.html
    }

    public sealed class VolumeManager // CORE/UnityEngine.Rendering.VolumeManager.html
    {
        static readonly VolumeManager only = new VolumeManager { stack = new VolumeStack() };
        public static VolumeManager instance { get { return only; } } // CORE/UnityEngine.Rendering.VolumeManager.html
        public VolumeStack stack { get; set; } // CORE/UnityEngine.Rendering.VolumeManager.html
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
        internal readonly Dictionary<Type, ContextItem> items = new Dictionary<Type, ContextItem>();
        public T Get<T>() where T : ContextItem, new() { return (T)items[typeof(T)]; } // CORE/UnityEngine.Rendering.ContextContainer.html
    }

    public class RasterCommandBuffer // CORE/UnityEngine.Rendering.RasterCommandBuffer.html
    {
        internal Action<int, MaterialPropertyBlock> drawn;
        public void DrawProcedural(Matrix4x4 matrix, Material material, int shaderPass, MeshTopology topology, int vertexCount, int instanceCount, MaterialPropertyBlock properties) { drawn(shaderPass, properties); } // CORE/UnityEngine.Rendering.RasterCommandBuffer.html
    }

    public class UnsafeCommandBuffer { } // CORE/UnityEngine.Rendering.UnsafeCommandBuffer.html

    public struct CommandBufferHelpers // CORE/UnityEngine.Rendering.CommandBufferHelpers.html
    {
        static readonly CommandBuffer native = new CommandBuffer();
        public static CommandBuffer GetNativeCommandBuffer(UnsafeCommandBuffer baseBuffer) { return native; } // CORE/UnityEngine.Rendering.CommandBufferHelpers.html
    }
}

namespace UnityEngine.Experimental.Rendering
{
    public class XRPass // CORE/UnityEngine.Experimental.Rendering.XRPass.html
    {
        public bool enabled { get; internal set; } // CORE/UnityEngine.Experimental.Rendering.XRPass.html
        public bool singlePassEnabled { get; internal set; } // CORE/UnityEngine.Experimental.Rendering.XRPass.html
        public int viewCount { get; internal set; } // CORE/UnityEngine.Experimental.Rendering.XRPass.html
        public int multipassId { get; internal set; } // CORE/UnityEngine.Experimental.Rendering.XRPass.html
    }
}

namespace UnityEngine.Rendering.RenderGraphModule
{
    [Flags] public enum AccessFlags { None = 0, Read = 1, Write = 2, Discard = 4, WriteAll = 6, ReadWrite = 3 } // CORE/UnityEngine.Rendering.RenderGraphModule.AccessFlags.html

    public struct TextureHandle // CORE/UnityEngine.Rendering.RenderGraphModule.TextureHandle.html
    {
        internal RTHandle handle;
        public bool IsValid() { return handle != null; } // CORE/UnityEngine.Rendering.RenderGraphModule.TextureHandle.html
        public static implicit operator Texture(TextureHandle texture) { return texture.handle.rt; } // CORE/UnityEngine.Rendering.RenderGraphModule.TextureHandle.html
        public static implicit operator RTHandle(TextureHandle texture) { return texture.handle; } // CORE/UnityEngine.Rendering.RenderGraphModule.TextureHandle.html
    }

    public struct RasterGraphContext // CORE/UnityEngine.Rendering.RenderGraphModule.RasterGraphContext.html
    {
        public RasterCommandBuffer cmd { get; internal set; } // CORE/UnityEngine.Rendering.RenderGraphModule.RasterGraphContext.html
    }

    public class UnsafeGraphContext // CORE/UnityEngine.Rendering.RenderGraphModule.UnsafeGraphContext.html
    {
        public UnsafeCommandBuffer cmd { get; internal set; } // CORE/UnityEngine.Rendering.RenderGraphModule.UnsafeGraphContext.html
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
        readonly List<Recorded> recorded = new List<Recorded>(16);
        internal readonly RasterCommandBuffer commands = new RasterCommandBuffer();
        internal Action<Recorded> executing;

        internal void Execute()
        {
            foreach (Recorded pass in recorded)
            {
                executing(pass);
                pass.Run(commands);
            }
            recorded.Clear();
        }

        Recorded<T> Record<T>(string name) where T : class, new()
        {
            Recorded<T> pass = Recorded<T>.Next(name);
            recorded.Add(pass);
            return pass;
        }

        public TextureHandle ImportTexture(RTHandle rt) { return new TextureHandle { handle = rt }; } // CORE/UnityEngine.Rendering.RenderGraphModule.RenderGraph.html
        public IRasterRenderGraphBuilder AddRasterRenderPass<PassData>(string passName, out PassData passData, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) where PassData : class, new() { Recorded<PassData> pass = Record<PassData>(passName); passData = pass.data; return pass; } // CORE/UnityEngine.Rendering.RenderGraphModule.RenderGraph.html
        public IUnsafeRenderGraphBuilder AddUnsafePass<PassData>(string passName, out PassData passData, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) where PassData : class, new() { Recorded<PassData> pass = Record<PassData>(passName); passData = pass.data; return pass; } // CORE/UnityEngine.Rendering.RenderGraphModule.RenderGraph.html
    }
}
