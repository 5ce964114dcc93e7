// The arithmetic of the composite, made by engine_bridge/shaders/generate.py from composite.slang.
// EyebrushPasses.hlsl calls it. Textures hold one eye, row 0 on top.
#ifndef EYEBRUSH_COMPOSITE_INCLUDED
#define EYEBRUSH_COMPOSITE_INCLUDED

struct EyebrushConstants
{
    float4 reproject_u;
    float4 reproject_v;
    float4 reproject_w;
    float2 extent;
    float strength;
    float stroke_opacity;
    float2 depth_line;
    float linear_scale;
    float has_depth;
    float4 cells;
};

float3 EyebrushEncodeSrgb(float3 linear_0)
{
    float3 _S1 = max(linear_0, (float3)0.0f);
    return _S1 <= 0.00313080009073019f ? _S1 * 12.92000007629394531f : 1.0549999475479126f * pow(_S1, (float3)0.4166666567325592f) - 0.05499999970197678f;
}

float4 EyebrushEncodeColor(float4 color_0, float linear_scale_1)
{
    return float4(EyebrushEncodeSrgb(color_0.xyz * linear_scale_1), color_0.w);
}

float2 EyebrushTapUv(float2 uv_0, float4 cells_1, float2 tap_0)
{
    return uv_0 + cells_1.xy * (tap_0 / cells_1.zw - 0.5f);
}

float2 EyebrushFieldUv(EyebrushConstants k_0, float2 uv_1, float inverse_depth_0)
{
    float4 at_0 = float4(uv_1, 1.0f, inverse_depth_0);
    float _S2 = dot(k_0.reproject_u, at_0);
    float _S3 = dot(k_0.reproject_v, at_0);
    float _S4 = dot(k_0.reproject_w, at_0);
    float2 _S5;
    if(_S4 > 9.99999997475242708e-07f)
    {
        _S5 = float2(_S2, _S3) / _S4;
    }
    else
    {
        _S5 = (float2)-9.0f;
    }
    return _S5;
}

float4 EyebrushSliceRow(Texture3D<float4 > grid_texture_1, SamplerState grid_sampler_1, float rows_0, float2 uv_2, float luma_0, int row_0)
{
    return grid_texture_1.SampleLevel(grid_sampler_1, float3(uv_2.x, (clamp(uv_2.y * rows_0, 0.5f, rows_0 - 0.5f) + float(row_0) * rows_0) / (3.0f * rows_0), luma_0), 0.0f);
}

float3 EyebrushRestyle(EyebrushConstants k_1, Texture3D<float4 > grid_texture_2, SamplerState grid_sampler_2, float rows_1, Texture2D<float4 > strokes_texture_1, SamplerState strokes_sampler_1, float3 x_0, float2 uv_3, float inverse_depth_1)
{
    float2 at_1 = EyebrushFieldUv(k_1, uv_3, inverse_depth_1);
    float2 outside_0 = max(max(- at_1, at_1 - 1.0f), (float2)0.0f);
    float2 at_2 = saturate(at_1) * k_1.extent;
    float luma_1 = dot(x_0, float3(0.29899999499320984f, 0.58700001239776611f, 0.11400000005960464f));
    float4 x1_0 = float4(x_0, 1.0f);
    float4 _S6 = strokes_texture_1.SampleLevel(strokes_sampler_1, at_2, 0.0f);
    return lerp(saturate(float3(dot(EyebrushSliceRow(grid_texture_2, grid_sampler_2, rows_1, at_2, luma_1, int(0)), x1_0), dot(EyebrushSliceRow(grid_texture_2, grid_sampler_2, rows_1, at_2, luma_1, int(1)), x1_0), dot(EyebrushSliceRow(grid_texture_2, grid_sampler_2, rows_1, at_2, luma_1, int(2)), x1_0))), _S6.xyz, (float3)(_S6.w * saturate(1.0f - 16.0f * max(outside_0.x, outside_0.y)) * k_1.stroke_opacity));
}

float3 EyebrushDecodeSrgb(float3 encoded_0)
{
    float3 _S7 = max(encoded_0, (float3)0.0f);
    return _S7 <= 0.04044999927282333f ? _S7 / 12.92000007629394531f : pow((_S7 + 0.05499999970197678f) / 1.0549999475479126f, (float3)2.40000009536743164f);
}

float4 EyebrushCompositeColor(EyebrushConstants k_2, Texture3D<float4 > grid_texture_3, SamplerState grid_sampler_3, float rows_2, Texture2D<float4 > strokes_texture_2, SamplerState strokes_sampler_2, float4 color_1, float2 uv_4, float depth_value_0)
{
    float inverse_depth_2;
    if((k_2.has_depth) != 0.0f)
    {
        inverse_depth_2 = max((depth_value_0 - k_2.depth_line.x) / k_2.depth_line.y, 0.0f);
    }
    else
    {
        inverse_depth_2 = 0.0f;
    }
    float3 _S8 = color_1.xyz;
    float3 x_1 = saturate(_S8);
    return float4(EyebrushDecodeSrgb(saturate(x_1 + k_2.strength * (EyebrushRestyle(k_2, grid_texture_3, grid_sampler_3, rows_2, strokes_texture_2, strokes_sampler_2, x_1, uv_4, inverse_depth_2) - x_1)) + (1.0f - k_2.strength) * (_S8 - x_1)) / k_2.linear_scale, color_1.w);
}

#endif
