using System;
using Eyebrush.Internal;
using Unity.Collections.LowLevel.Unsafe;
using UnityEngine;
using UnityEngine.Experimental.Rendering;
using UnityEngine.Rendering;

namespace Eyebrush
{
    /// <summary>
    /// The small pictures on their way to the runtime: drawn into a texture with a slice for each eye, read back
    /// asynchronously some frames later, and published then with the poses that they were drawn with.
    /// </summary>
    sealed unsafe class Readback
    {
        const int MaxInFlight = 3;

        readonly Action<AsyncGPUReadbackRequest> done;
        readonly Session session;
        readonly EbFrame[] asked = new EbFrame[MaxInFlight]; // a ring: requests end in the order they were made
        int first, count;

        public Readback(Session session)
        {
            this.session = session;
            done = OnDone; // one delegate for all requests: no garbage
        }

        /// <summary>The small pictures: an array texture with one slice for each eye.</summary>
        public RTHandle Small { get; private set; }

        /// <summary>Whether another request would be too much for the GPU or the bus just now.</summary>
        public bool IsFull
        {
            get { return count == MaxInFlight; }
        }

        /// <summary>Make the texture fit. Returns false where requests of another size are still under way.</summary>
        public bool Fit(int width, int height, int eyes)
        {
            RenderTexture has = Small == null ? null : Small.rt;
            if (has != null && has.width == width && has.height == height && has.volumeDepth == eyes) return true;
            if (count > 0) return false;
            if (Small != null) Small.Release();
            RenderTextureDescriptor wanted = new RenderTextureDescriptor(width, height) {
                graphicsFormat = GraphicsFormat.R8G8B8A8_UNorm, depthStencilFormat = GraphicsFormat.None,
                dimension = TextureDimension.Tex2DArray, volumeDepth = eyes, msaaSamples = 1 };
            Small = RTHandles.Alloc(in wanted, FilterMode.Point, TextureWrapMode.Clamp, name: "Eyebrush small");
            return true;
        }

        /// <summary>Ask for the small pictures as they are at this point of the command buffer. frame: what they
        /// are sent as.</summary>
        public void Request(CommandBuffer commands, EbFrame frame)
        {
            asked[(first + count) % MaxInFlight] = frame;
            count++;
            commands.RequestAsyncReadback(Small.rt, 0, TextureFormat.RGBA32, done);
        }

        void OnDone(AsyncGPUReadbackRequest request)
        {
            if (count == 0) return; // asked for before Dispose
            EbFrame frame = asked[first];
            first = (first + 1) % MaxInFlight;
            count--;
            if (request.hasError || !session.IsOpen || request.layerCount != (int)frame.eyes) return;
            byte* left = (byte*)request.GetData<byte>(0).GetUnsafeReadOnlyPtr();
            byte* right = frame.eyes > 1 ? (byte*)request.GetData<byte>(1).GetUnsafeReadOnlyPtr() : null;
            // A frame that is too large for a session opened meanwhile is refused there, and forgotten.
            session.Publish(&frame, left, right);
        }

        public void Dispose()
        {
            if (Small != null) Small.Release();
            Small = null;
            count = 0;
        }
    }
}
