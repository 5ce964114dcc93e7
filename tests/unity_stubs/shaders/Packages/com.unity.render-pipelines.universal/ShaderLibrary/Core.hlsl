// For tests without Unity: what Eyebrush's shaders use of URP's Core.hlsl, written anew from
// https://docs.unity3d.com/Packages/com.unity.render-pipelines.universal@17.0/manual/use-built-in-shader-methods-import.html
// https://docs.unity3d.com/Manual/SinglePassInstancing.html
// STEREO_INSTANCING_ON is the keyword that Unity compiles the variant for single-pass stereo with.
#ifndef UNITY_STUB_CORE
#define UNITY_STUB_CORE

#define TEXTURE2D(name) Texture2D name
#define TEXTURE3D(name) Texture3D name

#if defined(STEREO_INSTANCING_ON)
#define UNITY_STEREO_INSTANCING_ENABLED
static uint unity_StereoEyeIndex;
#define TEXTURE2D_X(name) Texture2DArray name
#define LOAD_TEXTURE2D_X(name, pixel) name.Load(int4(pixel, unity_StereoEyeIndex, 0))
#define SAMPLE_TEXTURE2D_X_LOD(name, state, uv, level) \
    name.SampleLevel(state, float3(uv, unity_StereoEyeIndex), level)
#define UNITY_SETUP_STEREO_EYE_INDEX_POST_VERTEX(input) unity_StereoEyeIndex = input.eye
#else
#define TEXTURE2D_X(name) Texture2D name
#define LOAD_TEXTURE2D_X(name, pixel) name.Load(int3(pixel, 0))
#define SAMPLE_TEXTURE2D_X_LOD(name, state, uv, level) name.SampleLevel(state, uv, level)
#define UNITY_SETUP_STEREO_EYE_INDEX_POST_VERTEX(input)
#endif
#define TEXTURE2D_X_FLOAT(name) TEXTURE2D_X(name)

#endif
