// What stands behind the signatures of the render graph: a list of passes.
using System;
using System.Collections.Generic;

namespace UnityEngine.Rendering.RenderGraphModule
{
    /// <summary>A pass as it was recorded, for Frames.cs.</summary>
    abstract class Recorded
    {
        internal string name;
        internal RTHandle target;
        internal int slice, reads;
        internal abstract void Run(RasterCommandBuffer commands);
    }

    /// <summary>Pass data and builder in one, used again each frame, as the render graph does.</summary>
    sealed class Recorded<T> : Recorded, IRasterRenderGraphBuilder, IUnsafeRenderGraphBuilder where T : class, new()
    {
        static readonly List<Recorded<T>> pool = new List<Recorded<T>>();
        static readonly UnsafeGraphContext unsafeContext = new UnsafeGraphContext { cmd = new UnsafeCommandBuffer() };
        static int next;
        internal readonly T data = new T();
        object function;

        internal static Recorded<T> Next(string name)
        {
            if (next == 8) next = 0; // more than one camera records
            if (next == pool.Count) pool.Add(new Recorded<T>());
            Recorded<T> pass = pool[next++];
            pass.name = name;
            pass.target = null;
            pass.slice = pass.reads = 0;
            return pass;
        }

        internal override void Run(RasterCommandBuffer commands)
        {
            BaseRenderFunc<T, RasterGraphContext> raster = function as BaseRenderFunc<T, RasterGraphContext>;
            if (raster != null) raster(data, new RasterGraphContext { cmd = commands });
            else ((BaseRenderFunc<T, UnsafeGraphContext>)function)(data, unsafeContext);
        }

        public void UseTexture(in TextureHandle input, AccessFlags flags)
        {
            if (!input.IsValid()) throw new InvalidOperationException(name + " reads a texture that is not there");
            reads++;
        }

        public void AllowPassCulling(bool value) { }

        public void SetRenderAttachment(TextureHandle tex, int index, AccessFlags flags)
        {
            SetRenderAttachment(tex, index, flags, 0, -1);
        }

        public void SetRenderAttachment(TextureHandle tex, int index, AccessFlags flags, int mipLevel, int depthSlice)
        {
            target = tex.handle;
            slice = depthSlice;
        }

        void IRasterRenderGraphBuilder.SetRenderFunc<P>(BaseRenderFunc<P, RasterGraphContext> renderFunc) { function = renderFunc; }
        void IUnsafeRenderGraphBuilder.SetRenderFunc<P>(BaseRenderFunc<P, UnsafeGraphContext> renderFunc) { function = renderFunc; }
        public void Dispose() { }
    }
}
