using System;
using Eyebrush.Internal;
using NUnit.Framework;
using UnityEngine;

namespace Eyebrush.Tests
{
    /// <summary>That Unity's own matrices mean what ViewMath takes them for.</summary>
    public sealed unsafe class ViewTests
    {
        const double Exact = 1e-4;

        GameObject holder;

        [TearDown]
        public void TearDown()
        {
            UnityEngine.Object.DestroyImmediate(holder);
        }

        Camera NewCamera()
        {
            holder = new GameObject("camera");
            return holder.AddComponent<Camera>();
        }

        [Test]
        public void ACameraAtTheOriginLooksAlongMinusZ()
        {
            Camera camera = NewCamera();
            camera.projectionMatrix = Matrix4x4.Perspective(90, 1, 0.1f, 100);
            Matrix4x4 view = camera.worldToCameraMatrix, projection = camera.projectionMatrix;
            EbView seen;
            ViewMath.ViewOf((float*)&view, (float*)&projection, &seen);
            for (int i = 0; i < 3; i++) Assert.AreEqual(0, seen.orientationXyzw[i], Exact);
            Assert.AreEqual(1, Math.Abs(seen.orientationXyzw[3]), Exact);
            Assert.AreEqual(-Math.PI / 4, seen.fovRad[0], Exact);
            Assert.AreEqual(Math.PI / 4, seen.fovRad[2], Exact);
        }

        [Test]
        public void TheDepthLineRunsFromTheNearPlaneToTheFarPlane()
        {
            Matrix4x4 projection = GL.GetGPUProjectionMatrix(Matrix4x4.Perspective(90, 1, 0.1f, 100), true);
            float* line = stackalloc float[2];
            ViewMath.DepthLine((float*)&projection, !SystemInfo.usesReversedZBuffer, line);
            double near = line[0] + line[1] / 0.1, far = line[0] + line[1] / 100;
            Assert.AreEqual(SystemInfo.usesReversedZBuffer ? 1 : 0, near, Exact);
            Assert.AreEqual(SystemInfo.usesReversedZBuffer ? 0 : 1, far, Exact);
        }
    }
}
