using Eyebrush.Internal;
using UnityEngine;
using UnityEngine.Experimental.Rendering;
using UnityEngine.Rendering;
using UnityEngine.Rendering.RenderGraphModule;
using UnityEngine.Rendering.Universal;

namespace Eyebrush
{
    /// <summary>
    /// The passes of one camera in the render graph: encode, reduce, read back, composite; see
    /// EyebrushPasses.hlsl. In single-pass instanced stereo one recording draws both eyes; in multi-pass there is
    /// one for each, and the second asks for the read-back of both. A frame makes no garbage.
    /// </summary>
    sealed unsafe class EyebrushPass : ScriptableRenderPass
    {
        const int MaxEyes = 2;
        const float ReduceTaps = 2;

        /// <summary>What a recorded pass needs when it is drawn. The graph keeps and reuses these.</summary>
        sealed class PassData
        {
            public EyebrushPass owner;
            public TextureHandle source, depth;
            public int shaderPass, eye;
        }

        static readonly BaseRenderFunc<PassData, RasterGraphContext> draw = Draw;
        static readonly BaseRenderFunc<PassData, UnsafeGraphContext> readBack = RequestReadback;

        readonly MaterialPropertyBlock block = new MaterialPropertyBlock();
        readonly Vector4[] reproject = new Vector4[3 * MaxEyes];
        Stream stream;
        Material material;
        EyebrushVolume look;
        string session;
        bool useDepth;

        // Of this frame; in multi-pass, of both its recordings.
        EbFrame frame;
        Vector4 lookNow, depthLine, cells;
        long frames;

        public EyebrushPass()
        {
            profilingSampler = new ProfilingSampler("Eyebrush");
            requiresIntermediateTexture = true;
        }

        public void Setup(Material material, EyebrushVolume look, bool useDepth, string session)
        {
            this.material = material;
            this.look = look;
            this.useDepth = useDepth;
            this.session = session;
            ConfigureInput(useDepth ? ScriptableRenderPassInput.Depth : ScriptableRenderPassInput.None);
        }

        /// <inheritdoc/>
        public override void RecordRenderGraph(RenderGraph renderGraph, ContextContainer frameData)
        {
            UniversalCameraData camera = frameData.Get<UniversalCameraData>();
            UniversalResourceData resources = frameData.Get<UniversalResourceData>();
            if (stream == null) stream = new Stream();
            if (material == null)
            {
                stream.Refuse("got no shader Hidden/Eyebrush/Composite; wanted the package's; fix: reimport it");
                return;
            }
            bool multiPass = camera.xr.enabled && !camera.xr.singlePassEnabled;
            int eye = multiPass ? camera.xr.multipassId : 0;
            int views = camera.xr.enabled ? camera.xr.viewCount : 1;
            int eyes = multiPass ? MaxEyes : views;
            if (eye >= MaxEyes || eyes > MaxEyes || resources.isActiveTargetBackBuffer)
            {
                stream.Refuse("got more than two views, or no camera texture; wanted one or two eyes; fix: leave " +
                    "the feature out for this camera");
                return;
            }
            RenderTextureDescriptor target = camera.cameraTargetDescriptor;
            if (eye == 0) BeginFrame(target.width, target.height, eyes);
            for (int view = 0; view < views; view++) SetView(camera, view, eye + view);
            bool paints = stream.Share > 0 && look.strength.value > 0;
            if (!stream.Captures && !paints) return;
            TextureHandle copy = Encode(renderGraph, resources, target, eye);
            if (stream.Captures) Capture(renderGraph, copy, multiPass, eye, eye + views == eyes);
            if (paints) Composite(renderGraph, resources, copy, eye);
        }

        void BeginFrame(int width, int height, int eyes)
        {
            stream.Begin(width, height, eyes, look, session);
            frame = new EbFrame {
                frameId = (ulong)++frames, displayTimeNs = (long)(Time.realtimeSinceStartupAsDouble * 1e9),
                eyes = (uint)eyes, widthPx = (uint)width, heightPx = (uint)height, colorWidthPx = (uint)stream.SmallWidth,
                colorHeightPx = (uint)stream.SmallHeight, extentU = 1, extentV = 1 };
            cells = new Vector4(1f / stream.SmallWidth, 1f / stream.SmallHeight, ReduceTaps, ReduceTaps);
            lookNow = new Vector4(look.strength.value * stream.Share, look.strokeOpacity.value, 0, 0);
        }

        /// <summary>Where an eye is, and where its pixels were when the field was made.</summary>
        void SetView(UniversalCameraData camera, int view, int eye)
        {
            Matrix4x4 toEye = camera.GetViewMatrix(view);
            Matrix4x4 projection = camera.GetProjectionMatrix(view);
            Matrix4x4 onGpu = GL.GetGPUProjectionMatrix(projection, true);
            float* rows = stackalloc float[12];
            float* line = stackalloc float[2];
            EbView now;
            ViewMath.ViewOf((float*)&toEye, (float*)&projection, &now);
            if (eye == 0) frame.left = now;
            else frame.right = now;
            stream.Reprojection(eye, &now, rows);
            for (int row = 0; row < 3; row++)
                reproject[3 * eye + row] = new Vector4(rows[4 * row], rows[4 * row + 1], rows[4 * row + 2],
                    rows[4 * row + 3]);
            ViewMath.DepthLine((float*)&onGpu, !SystemInfo.usesReversedZBuffer, line);
            depthLine = new Vector4(line[0], line[1], 0, 0);
        }

        /// <summary>Scene colour to a copy of full size, sRGB-encoded, with room for what is brighter than 1.</summary>
        TextureHandle Encode(RenderGraph graph, UniversalResourceData resources, RenderTextureDescriptor target,
            int eye)
        {
            target.msaaSamples = 1;
            target.depthStencilFormat = GraphicsFormat.None;
            target.graphicsFormat = GraphicsFormat.R16G16B16A16_SFloat;
            TextureHandle copy = UniversalRenderer.CreateRenderGraphTexture(graph, target, "Eyebrush copy", false,
                FilterMode.Bilinear);
            PassData data;
            using (IRasterRenderGraphBuilder builder = graph.AddRasterRenderPass("Eyebrush encode", out data))
            {
                Fill(data, resources.activeColorTexture, ShaderInputs.EncodePass, eye);
                builder.UseTexture(data.source, AccessFlags.Read);
                builder.SetRenderAttachment(copy, 0, AccessFlags.WriteAll);
                builder.SetRenderFunc(draw);
            }
            return copy;
        }

        /// <summary>The copy to this view's small picture, and both eyes' to the CPU after the last view.</summary>
        void Capture(RenderGraph graph, TextureHandle copy, bool multiPass, int eye, bool isLast)
        {
            TextureHandle small = graph.ImportTexture(stream.Readback.Small);
            PassData data;
            using (IRasterRenderGraphBuilder builder = graph.AddRasterRenderPass("Eyebrush reduce", out data))
            {
                Fill(data, copy, ShaderInputs.ReducePass, eye);
                builder.UseTexture(data.source, AccessFlags.Read);
                builder.SetRenderAttachment(small, 0, AccessFlags.Write, 0, multiPass ? eye : -1);
                builder.AllowPassCulling(false);
                builder.SetRenderFunc(draw);
            }
            if (!isLast) return;
            using (IUnsafeRenderGraphBuilder builder = graph.AddUnsafePass("Eyebrush read back", out data))
            {
                data.owner = this;
                builder.UseTexture(small, AccessFlags.Read);
                builder.AllowPassCulling(false);
                builder.SetRenderFunc(readBack);
            }
        }

        /// <summary>The copy and the field to the scene's colour.</summary>
        void Composite(RenderGraph graph, UniversalResourceData resources, TextureHandle copy, int eye)
        {
            PassData data;
            using (IRasterRenderGraphBuilder builder = graph.AddRasterRenderPass("Eyebrush composite", out data))
            {
                Fill(data, copy, ShaderInputs.CompositePass, eye);
                bool withDepth = useDepth && resources.cameraDepthTexture.IsValid();
                data.depth = withDepth ? resources.cameraDepthTexture : copy;
                lookNow.z = withDepth ? 1 : 0;
                builder.UseTexture(data.source, AccessFlags.Read);
                if (withDepth) builder.UseTexture(data.depth, AccessFlags.Read);
                builder.SetRenderAttachment(resources.activeColorTexture, 0, AccessFlags.WriteAll);
                builder.SetRenderFunc(draw);
            }
        }

        void Fill(PassData data, TextureHandle source, int shaderPass, int eye)
        {
            data.owner = this;
            data.source = source;
            data.shaderPass = shaderPass;
            data.eye = eye;
        }

        static void Draw(PassData data, RasterGraphContext context)
        {
            EyebrushPass pass = data.owner;
            MaterialPropertyBlock block = pass.block;
            block.Clear();
            ShaderInputs.SetSource(block, data.source, data.eye);
            block.SetVector(ShaderInputs.Cells, pass.cells);
            if (data.shaderPass == ShaderInputs.CompositePass)
            {
                ShaderInputs.SetField(block, pass.stream.Textures);
                block.SetVector(ShaderInputs.Look, pass.lookNow);
                block.SetVector(ShaderInputs.DepthLine, pass.depthLine);
                block.SetVectorArray(ShaderInputs.Reproject, pass.reproject);
                block.SetTexture(ShaderInputs.Depth, data.depth);
            }
            context.cmd.DrawProcedural(Matrix4x4.identity, pass.material, data.shaderPass, MeshTopology.Triangles, 3, 1,
                block);
        }

        static void RequestReadback(PassData data, UnsafeGraphContext context)
        {
            EyebrushPass pass = data.owner;
            pass.stream.Readback.Request(CommandBufferHelpers.GetNativeCommandBuffer(context.cmd), pass.frame);
        }

        /// <summary>There is nothing to paint at the moment.</summary>
        public void Rest(string reason)
        {
            if (stream == null) stream = new Stream();
            stream.Rest(reason);
        }

        public void Dispose()
        {
            if (stream != null) stream.Dispose();
            stream = null;
        }
    }
}
