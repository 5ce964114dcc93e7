// The three passes over a view, for multi-pass and single-pass instanced stereo and for flat cameras:
//
//   encode     scene colour -> working copy, sRGB-encoded
//   reduce     working copy -> small picture for the network, row 0 on top
//   composite  working copy and newest field -> scene colour
//
// What they compute is in EyebrushComposite.hlsl; here is where they read and write in Unity. In
// single-pass instanced stereo, scene colour, depth and copies are arrays with a slice for each eye; in
// multi-pass, each eye comes as an ordinary camera and _EyebrushEye says which.
#ifndef EYEBRUSH_PASSES_INCLUDED
#define EYEBRUSH_PASSES_INCLUDED

#include "Packages/com.unity.render-pipelines.universal/ShaderLibrary/Core.hlsl"
#include "Packages/com.unity.render-pipelines.core/Runtime/Utilities/Blit.hlsl"
#include "EyebrushComposite.hlsl"

TEXTURE2D_X_FLOAT(_EyebrushDepth);
TEXTURE3D(_EyebrushGridLeft);
TEXTURE3D(_EyebrushGridRight);
TEXTURE2D(_EyebrushStrokesLeft);
TEXTURE2D(_EyebrushStrokesRight);
float4 _EyebrushReproject[6]; // three rows for each eye
float4 _EyebrushField;        // share of the field that is picture (u, v); rows of the grid
float4 _EyebrushLook;         // strength, stroke opacity, 1: with depth
float4 _EyebrushDepthLine;    // depth buffer = x + y / metres
float4 _EyebrushCells;        // one pixel of the small picture in uv; 2, 2: taps of `reduce`
float _EyebrushEye;           // multi-pass: 0 left, 1 right

int EyebrushEyeIndex()
{
#if defined(UNITY_STEREO_INSTANCING_ENABLED) || defined(UNITY_STEREO_MULTIVIEW_ENABLED)
    return int(unity_StereoEyeIndex);
#else
    return int(_EyebrushEye);
#endif
}

// The field's v is 0 on top. What Unity draws into textures has row 0 at the bottom of the picture, on all
// graphics APIs (it turns the projection round where the API would have it otherwise).
float2 EyebrushPictureUv(float2 texcoord)
{
    return float2(texcoord.x, 1.0 - texcoord.y);
}

float4 EyebrushEncode(Varyings input) : SV_Target
{
    UNITY_SETUP_STEREO_EYE_INDEX_POST_VERTEX(input);
    return EyebrushEncodeColor(LOAD_TEXTURE2D_X(_BlitTexture, uint2(input.positionCS.xy)), 1.0);
}

// One of 2 x 2 taps over the area of a small picture's pixel, each between four pixels of the copy.
float3 EyebrushTap(float2 uv, float2 tap)
{
    float2 at = EyebrushTapUv(uv, _EyebrushCells, tap);
    return saturate(SAMPLE_TEXTURE2D_X_LOD(_BlitTexture, sampler_LinearClamp, at, 0.0).rgb);
}

float4 EyebrushReduce(Varyings input) : SV_Target
{
    UNITY_SETUP_STEREO_EYE_INDEX_POST_VERTEX(input);
    float2 uv = EyebrushPictureUv(input.texcoord);
    float3 sum = EyebrushTap(uv, float2(0.5, 0.5)) + EyebrushTap(uv, float2(1.5, 0.5)) +
        EyebrushTap(uv, float2(0.5, 1.5)) + EyebrushTap(uv, float2(1.5, 1.5));
    return float4(sum / 4.0, 1.0);
}

float4 EyebrushComposite(Varyings input) : SV_Target
{
    UNITY_SETUP_STEREO_EYE_INDEX_POST_VERTEX(input);
    uint2 pixel = uint2(input.positionCS.xy);
    int eye = EyebrushEyeIndex();
    EyebrushConstants k;
    k.reproject_u = _EyebrushReproject[3 * eye];
    k.reproject_v = _EyebrushReproject[3 * eye + 1];
    k.reproject_w = _EyebrushReproject[3 * eye + 2];
    k.extent = _EyebrushField.xy;
    k.strength = _EyebrushLook.x;
    k.stroke_opacity = _EyebrushLook.y;
    k.depth_line = _EyebrushDepthLine.xy;
    k.linear_scale = 1.0;
    k.has_depth = _EyebrushLook.z;
    k.cells = _EyebrushCells;
    float4 color = LOAD_TEXTURE2D_X(_BlitTexture, pixel);
    float depth = 0.0;
    if (k.has_depth != 0.0)
        depth = LOAD_TEXTURE2D_X(_EyebrushDepth, pixel).r;
    float2 uv = EyebrushPictureUv(input.texcoord);
    if (eye == 0)
        return EyebrushCompositeColor(k, _EyebrushGridLeft, sampler_LinearClamp, _EyebrushField.z,
            _EyebrushStrokesLeft, sampler_LinearClamp, color, uv, depth);
    return EyebrushCompositeColor(k, _EyebrushGridRight, sampler_LinearClamp, _EyebrushField.z,
        _EyebrushStrokesRight, sampler_LinearClamp, color, uv, depth);
}

#endif
