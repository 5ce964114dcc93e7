// For tests without Unity: what Eyebrush's shaders use of the SRP core's Blit.hlsl, written anew from
// https://docs.unity3d.com/Packages/com.unity.render-pipelines.universal@17.0/manual/customize/blit-overview.html
#ifndef UNITY_STUB_BLIT
#define UNITY_STUB_BLIT

TEXTURE2D_X(_BlitTexture);
SamplerState sampler_LinearClamp;

struct Attributes
{
    uint vertexID : SV_VertexID;
    uint instanceID : SV_InstanceID;
};

struct Varyings
{
    float4 positionCS : SV_POSITION;
    float2 texcoord : TEXCOORD0;
#if defined(STEREO_INSTANCING_ON)
    nointerpolation uint eye : TEXCOORD1; // Unity: SV_RenderTargetArrayIndex, which picks the slice
#endif
};

// One triangle over the whole target; texcoord (0, 0) at its pixel (0, 0), as on Direct3D and Vulkan.
Varyings Vert(Attributes input)
{
    Varyings output;
    float2 uv = float2((input.vertexID << 1) & 2, input.vertexID & 2);
    output.texcoord = uv;
#if defined(TARGET_IS_VULKAN)
    output.positionCS = float4(uv * 2.0 - 1.0, 0.0, 1.0);
#else
    output.positionCS = float4(uv.x * 2.0 - 1.0, 1.0 - uv.y * 2.0, 0.0, 1.0);
#endif
#if defined(STEREO_INSTANCING_ON)
    output.eye = input.instanceID & 1;
#endif
    return output;
}

#endif
