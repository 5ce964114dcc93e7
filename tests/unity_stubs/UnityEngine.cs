// Signatures of UnityEngine that the package uses, and no others, written from the pages named behind
// each. What a frame needs works in the plainest way (UnityEngine.Fake.cs), so that
// engine_bridge/tests/Frames.cs can run the package's render pass; nothing is drawn.
// SR/ is https://docs.unity3d.com/6000.0/Documentation/ScriptReference/
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Unity.Collections;
using UnityEngine.Rendering;

[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Unity.RenderPipelines.Core.Runtime")]
[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Unity.RenderPipelines.Universal.Runtime")]
[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Frames")]

namespace UnityEngine
{
    public static class JsonUtility // SR/JsonUtility.html
    {
        public static T FromJson<T>(string json) { throw null; } // SR/JsonUtility.FromJson.html
    }

    public class Object // SR/Object.html
    {
        public string name { get; set; } // SR/Object-name.html
        public HideFlags hideFlags { get; set; } // SR/Object-hideFlags.html
        public static bool operator ==(Object x, Object y) { return ReferenceEquals(x, y); } // SR/Object-operator_eq.html
        public static bool operator !=(Object x, Object y) { return !ReferenceEquals(x, y); } // SR/Object-operator_ne.html
        public override bool Equals(object other) { return ReferenceEquals(this, other); } // SR/Object-operator_eq.html
        public override int GetHashCode() { return 0; } // SR/Object.html
        public static void DestroyImmediate(Object obj) { } // SR/Object.DestroyImmediate.html
    }

    public class ScriptableObject : Object // SR/ScriptableObject.html
    {
        public static T CreateInstance<T>() where T : ScriptableObject { return Activator.CreateInstance<T>(); } // SR/ScriptableObject.CreateInstance.html
    }

    public class Component : Object { } // SR/Component.html
    public class Behaviour : Component // SR/Behaviour.html
    {
        public bool enabled { get { throw null; } set { } } // SR/Behaviour-enabled.html
    }

    public class MonoBehaviour : Behaviour { } // SR/MonoBehaviour.html

    public sealed class GameObject : Object // SR/GameObject.html
    {
        public GameObject(string name) { } // SR/GameObject-ctor.html
        public T AddComponent<T>() where T : Component { throw null; } // SR/GameObject.AddComponent.html
        public void SetActive(bool value) { } // SR/GameObject.SetActive.html
    }

    public sealed class Camera : Behaviour // SR/Camera.html
    {
        public CameraType cameraType { get; set; } // SR/Camera-cameraType.html
        public Matrix4x4 worldToCameraMatrix { get { throw null; } set { } } // SR/Camera-worldToCameraMatrix.html
        public Matrix4x4 projectionMatrix { get { throw null; } set { } } // SR/Camera-projectionMatrix.html
    }

    public enum CameraType { Game = 1, SceneView = 2, Preview = 4, VR = 8, Reflection = 16 } // SR/CameraType.html
    [Flags] public enum HideFlags { None = 0, HideAndDontSave = 61 } // SR/HideFlags.html
    public enum ColorSpace { Gamma = 0, Linear = 1 } // SR/ColorSpace.html
    public enum FilterMode { Point, Bilinear, Trilinear } // SR/FilterMode.html
    public enum TextureWrapMode { Repeat, Clamp, Mirror, MirrorOnce } // SR/TextureWrapMode.html
    public enum TextureFormat { RGBA32 = 4, RGBAHalf = 17 } // SR/TextureFormat.html
    public enum MeshTopology { Triangles = 0 } // SR/MeshTopology.html

    public sealed class Shader : Object // SR/Shader.html
    {
        public static Shader Find(string name) { return new Shader(); } // SR/Shader.Find.html
        public static int PropertyToID(string name) { return Fake.Id(name); } // SR/Shader.PropertyToID.html
    }

    public class Material : Object { } // SR/Material.html

    public class Texture : Object // SR/Texture.html
    {
        internal IntPtr memory;
        internal int bytes;
        public virtual int width { get; set; } // SR/Texture-width.html
        public virtual int height { get; set; } // SR/Texture-height.html
        public FilterMode filterMode { get; set; } // SR/Texture-filterMode.html
        public TextureWrapMode wrapMode { get; set; } // SR/Texture-wrapMode.html
    }

    public sealed class Texture2D : Texture // SR/Texture2D.html
    {
        public Texture2D(int width, int height, TextureFormat textureFormat, bool mipChain, bool linear) { this.width = width; this.height = height; memory = Marshal.AllocHGlobal(bytes = width * height * 4); } // SR/Texture2D-ctor.html
        public NativeArray<T> GetRawTextureData<T>() where T : struct { return new NativeArray<T>(memory, bytes); } // SR/Texture2D.GetRawTextureData.html
        public void Apply(bool updateMipmaps = true, bool makeNoLongerReadable = false) { } // SR/Texture2D.Apply.html
    }

    public sealed class Texture3D : Texture // SR/Texture3D.html
    {
        public Texture3D(int width, int height, int depth, TextureFormat textureFormat, bool mipChain) { this.width = width; this.height = height; this.depth = depth; memory = Marshal.AllocHGlobal(bytes = width * height * depth * 8); } // SR/Texture3D-ctor.html
        public int depth { get; private set; } // SR/Texture3D-depth.html
        public NativeArray<T> GetPixelData<T>(int mipLevel) where T : struct { return new NativeArray<T>(memory, bytes); } // SR/Texture3D.GetPixelData.html
        public void Apply(bool updateMipmaps = true, bool makeNoLongerReadable = false) { } // SR/Texture3D.Apply.html
    }

    public class RenderTexture : Texture // SR/RenderTexture.html
    {
        public int volumeDepth { get; set; } // SR/RenderTexture-volumeDepth.html
    }

    public struct RenderTextureDescriptor // SR/RenderTextureDescriptor.html
    {
        public RenderTextureDescriptor(int width, int height) : this() { this.width = width; this.height = height; } // SR/RenderTextureDescriptor-ctor.html
        public int width { get; set; } // SR/RenderTextureDescriptor-width.html
        public int height { get; set; } // SR/RenderTextureDescriptor-height.html
        public int msaaSamples { get; set; } // SR/RenderTextureDescriptor-msaaSamples.html
        public int volumeDepth { get; set; } // SR/RenderTextureDescriptor-volumeDepth.html
        public TextureDimension dimension { get; set; } // SR/RenderTextureDescriptor-dimension.html
        public Experimental.Rendering.GraphicsFormat graphicsFormat { get; set; } // SR/RenderTextureDescriptor-graphicsFormat.html
        public Experimental.Rendering.GraphicsFormat depthStencilFormat { get; set; } // SR/RenderTextureDescriptor-depthStencilFormat.html
    }

    public struct Vector4 // SR/Vector4.html
    {
        public float x, y, z, w; // SR/Vector4.html
        public Vector4(float x, float y, float z, float w) { this.x = x; this.y = y; this.z = z; this.w = w; } // SR/Vector4-ctor.html
    }

    public struct Matrix4x4 // SR/Matrix4x4.html
    {
        public float m00, m10, m20, m30, m01, m11, m21, m31, m02, m12, m22, m32, m03, m13, m23, m33; // SR/Matrix4x4.html
        public static Matrix4x4 identity { get { return new Matrix4x4 { m00 = 1, m11 = 1, m22 = 1, m33 = 1 }; } } // SR/Matrix4x4-identity.html
        public static Matrix4x4 Perspective(float fov, float aspect, float zNear, float zFar) { throw null; } // SR/Matrix4x4.Perspective.html
    }

    public struct Color // SR/Color.html
    {
        public Color(float r, float g, float b) { } // SR/Color-ctor.html
    }

    public struct Rect // SR/Rect.html
    {
        public Rect(float x, float y, float width, float height) { } // SR/Rect-ctor.html
        public float x { get { throw null; } set { } } // SR/Rect-x.html
        public float y { get { throw null; } set { } } // SR/Rect-y.html
        public float width { get { throw null; } set { } } // SR/Rect-width.html
        public float height { get { throw null; } set { } } // SR/Rect-height.html
    }

    public struct Mathf // SR/Mathf.html
    {
        public static int Max(int a, int b) { throw null; } // SR/Mathf.Max.html
        public static float Clamp01(float value) { throw null; } // SR/Mathf.Clamp01.html
    }

    public class Time // SR/Time.html
    {
        public static double realtimeSinceStartupAsDouble { get { return Fake.Seconds; } } // SR/Time-realtimeSinceStartupAsDouble.html
        public static int renderedFrameCount { get { return Fake.Frame; } } // SR/Time-renderedFrameCount.html
    }

    public class Application // SR/Application.html
    {
        public static string productName { get { return "My Game"; } } // SR/Application-productName.html
        public static string unityVersion { get { return "6000.0.0f1"; } } // SR/Application-unityVersion.html
        public static bool isPlaying { get { throw null; } } // SR/Application-isPlaying.html
    }

    public sealed class QualitySettings : Object // SR/QualitySettings.html
    {
        public static ColorSpace activeColorSpace { get { return Fake.ColorSpace; } } // SR/QualitySettings-activeColorSpace.html
    }

    public sealed class SystemInfo // SR/SystemInfo.html
    {
        public static bool supportsAsyncGPUReadback { get { return true; } } // SR/SystemInfo-supportsAsyncGPUReadback.html
        public static bool usesReversedZBuffer { get { return true; } } // SR/SystemInfo-usesReversedZBuffer.html
    }

    public sealed class GL // SR/GL.html
    {
        public static Matrix4x4 GetGPUProjectionMatrix(Matrix4x4 proj, bool renderIntoTexture) { return proj; } // SR/GL.GetGPUProjectionMatrix.html
    }

    public class Debug // SR/Debug.html
    {
        public static void LogWarning(object message) { Console.WriteLine("warning: " + message); } // SR/Debug.LogWarning.html
        public static void LogWarning(object message, Object context) { } // SR/Debug.LogWarning.html
    }

    public sealed class MaterialPropertyBlock // SR/MaterialPropertyBlock.html
    {
        readonly Dictionary<int, Texture> textures = new Dictionary<int, Texture>();
        readonly Dictionary<int, Vector4> vectors = new Dictionary<int, Vector4>();
        internal Vector4 Vector(string name) { return vectors[Fake.Id(name)]; }
        internal Texture Texture(string name) { return textures[Fake.Id(name)]; }
        public void Clear() { textures.Clear(); vectors.Clear(); } // SR/MaterialPropertyBlock.Clear.html
        public void SetFloat(int nameID, float value) { vectors[nameID] = new Vector4(value, 0, 0, 0); } // SR/MaterialPropertyBlock.SetFloat.html
        public void SetVector(int nameID, Vector4 value) { vectors[nameID] = value; } // SR/MaterialPropertyBlock.SetVector.html
        public void SetVectorArray(int nameID, Vector4[] values) { } // SR/MaterialPropertyBlock.SetVectorArray.html
        public void SetTexture(int nameID, Texture value) { if (value == null) throw new ArgumentNullException("value"); textures[nameID] = value; } // SR/MaterialPropertyBlock.SetTexture.html
    }

    public class GUIContent // SR/GUIContent.html
    {
        public GUIContent(string text, string tooltip) { } // SR/GUIContent-ctor.html
    }

    public sealed class GUIStyle // SR/GUIStyle.html
    {
        public static GUIStyle none { get { throw null; } } // SR/GUIStyle-none.html
    }

    public class GUILayoutOption { } // SR/GUILayoutOption.html

    public class GUI // SR/GUI.html
    {
        public static bool Button(Rect position, GUIContent content, GUIStyle style) { throw null; } // SR/GUI.Button.html
        public static void DrawTextureWithTexCoords(Rect position, Texture image, Rect texCoords) { } // SR/GUI.DrawTextureWithTexCoords.html
    }

    public class GUILayout // SR/GUILayout.html
    {
        public static int Toolbar(int selected, string[] texts, params GUILayoutOption[] options) { throw null; } // SR/GUILayout.Toolbar.html
    }

    public class GUILayoutUtility // SR/GUILayoutUtility.html
    {
        public static Rect GetRect(float width, float height) { throw null; } // SR/GUILayoutUtility.GetRect.html
    }

    public sealed class SerializeField : Attribute { } // SR/SerializeField.html
    public sealed class HideInInspector : Attribute { } // SR/HideInInspector.html
    public sealed class DisallowMultipleComponent : Attribute { } // SR/DisallowMultipleComponent.html

    public class TooltipAttribute : Attribute // SR/TooltipAttribute.html
    {
        public TooltipAttribute(string tooltip) { } // SR/TooltipAttribute-ctor.html
    }

    public sealed class AddComponentMenu : Attribute // SR/AddComponentMenu.html
    {
        public AddComponentMenu(string menuName) { } // SR/AddComponentMenu-ctor.html
    }

    public enum RuntimeInitializeLoadType { SubsystemRegistration = 4 } // SR/RuntimeInitializeLoadType.html

    public sealed class RuntimeInitializeOnLoadMethodAttribute : Attribute // SR/RuntimeInitializeOnLoadMethodAttribute.html
    {
        public RuntimeInitializeOnLoadMethodAttribute(RuntimeInitializeLoadType loadType) { } // SR/RuntimeInitializeOnLoadMethodAttribute-ctor.html
    }
}

namespace UnityEngine.Events
{
    public delegate void UnityAction<T0>(T0 arg0); // SR/Events.UnityAction.html
    public delegate void UnityAction(); // SR/Events.UnityAction.html

    public class UnityEvent // SR/Events.UnityEvent.html
    {
        public void Invoke() { } // SR/Events.UnityEvent.Invoke.html
        public void AddListener(UnityAction call) { } // SR/Events.UnityEvent.AddListener.html
    }

    public class UnityEvent<T0> // SR/Events.UnityEvent_1.html
    {
        public void Invoke(T0 arg0) { } // SR/Events.UnityEvent_1.html
        public void AddListener(UnityAction<T0> call) { } // SR/Events.UnityEvent_1.html
    }
}

namespace UnityEngine.Experimental.Rendering
{
    public enum GraphicsFormat { None = 0, R8G8B8A8_UNorm = 8, R16G16B16A16_SFloat = 48 } // SR/Experimental.Rendering.GraphicsFormat.html
}

namespace UnityEngine.Rendering
{
    public enum TextureDimension { Tex2D = 2, Tex2DArray = 5 } // SR/Rendering.TextureDimension.html

    public struct AsyncGPUReadbackRequest // SR/Rendering.AsyncGPUReadbackRequest.html
    {
        internal RenderTexture source;
        public bool hasError { get { return false; } } // SR/Rendering.AsyncGPUReadbackRequest-hasError.html
        public int layerCount { get { return source.volumeDepth; } } // SR/Rendering.AsyncGPUReadbackRequest-layerCount.html
        public NativeArray<T> GetData<T>(int layer = 0) where T : struct { return new NativeArray<T>(source.memory + layer * source.width * source.height * 4, source.width * source.height * 4); } // SR/Rendering.AsyncGPUReadbackRequest.GetData.html
    }

    public class CommandBuffer // SR/Rendering.CommandBuffer.html
    {
        public void RequestAsyncReadback(Texture src, int mipIndex, TextureFormat dstFormat, Action<AsyncGPUReadbackRequest> callback) { Fake.Ask((RenderTexture)src, callback); } // SR/Rendering.CommandBuffer.RequestAsyncReadback.html
    }

    public class RenderPipelineAsset : ScriptableObject { } // SR/Rendering.RenderPipelineAsset.html

    public class SupportedOnRenderPipelineAttribute : Attribute // SR/Rendering.SupportedOnRenderPipelineAttribute.html
    {
        public SupportedOnRenderPipelineAttribute(params Type[] renderPipeline) { } // SR/Rendering.SupportedOnRenderPipelineAttribute-ctor.html
    }
}

namespace Unity.Collections
{
    public struct NativeArray<T> where T : struct // SR/Unity.Collections.NativeArray_1.html
    {
        internal readonly System.IntPtr memory;
        internal NativeArray(System.IntPtr memory, int bytes) { this.memory = memory; }
    }
}

namespace Unity.Collections.LowLevel.Unsafe
{
    public static unsafe class NativeArrayUnsafeUtility // SR/Unity.Collections.LowLevel.Unsafe.NativeArrayUnsafeUtility.html
    {
        public static void* GetUnsafePtr<T>(this NativeArray<T> nativeArray) where T : struct { return (void*)nativeArray.memory; } // SR/Unity.Collections.LowLevel.Unsafe.NativeArrayUnsafeUtility.GetUnsafePtr.html
        public static void* GetUnsafeReadOnlyPtr<T>(this NativeArray<T> nativeArray) where T : struct { return (void*)nativeArray.memory; } // SR/Unity.Collections.LowLevel.Unsafe.NativeArrayUnsafeUtility.GetUnsafeReadOnlyPtr.html
    }

    public static unsafe class UnsafeUtility // SR/Unity.Collections.LowLevel.Unsafe.UnsafeUtility.html
    {
        public static void MemCpy(void* destination, void* source, long size) { System.Buffer.MemoryCopy(source, destination, size, size); } // SR/Unity.Collections.LowLevel.Unsafe.UnsafeUtility.MemCpy.html
    }
}
