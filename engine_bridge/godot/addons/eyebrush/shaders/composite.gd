## GLSL of the four stages, made by engine_bridge/shaders/generate.py from composite.slang.
##
## Text, compiled by Godot at start: a .glsl file would have to be imported, which Godot cannot do
## without a display.

const COVER := """#version 450
layout(row_major) uniform;
layout(row_major) buffer;
struct Corner_0
{
    vec4 position_0;
    vec2 uv_0;
};
Corner_0 Corner_x24init_0(vec4 position_1, vec2 uv_1)
{
    Corner_0 _S1;
    _S1.position_0 = position_1;
    _S1.uv_0 = uv_1;
    return _S1;
}
layout(location = 0)
out vec2 entryPointParam_cover_uv_0;
void main()
{
    vec2 uv_2 = vec2(float((uint(gl_VertexIndex) << 1) & 2U), float(uint(gl_VertexIndex) & 2U));
    Corner_0 _S2 = Corner_x24init_0(vec4(uv_2 * 2.0 - 1.0, 0.0, 1.0), uv_2);
    gl_Position = _S2.position_0;
    entryPointParam_cover_uv_0 = _S2.uv_0;
    return;
}
"""

const ENCODE := """#version 450
layout(row_major) uniform;
layout(row_major) buffer;
layout(binding = 0)
uniform sampler2D source_0;
struct Constants_0
{
    vec4 reproject_u_0;
    vec4 reproject_v_0;
    vec4 reproject_w_0;
    vec2 extent_0;
    float strength_0;
    float stroke_opacity_0;
    vec2 depth_line_0;
    float linear_scale_0;
    float has_depth_0;
    vec4 cells_0;
};
layout(push_constant)
layout(std430) uniform block_Constants_0
{
    vec4 reproject_u_0;
    vec4 reproject_v_0;
    vec4 reproject_w_0;
    vec2 extent_0;
    float strength_0;
    float stroke_opacity_0;
    vec2 depth_line_0;
    float linear_scale_0;
    float has_depth_0;
    vec4 cells_0;
}k_0;
vec3 encode_srgb_0(vec3 linear_0)
{
    vec3 _S1 = max(linear_0, vec3(0.0));
    return mix(1.0549999475479126 * pow(_S1, vec3(0.4166666567325592)) - 0.05499999970197678, _S1 * 12.92000007629394531, lessThanEqual(_S1,vec3(0.00313080009073019)));
}
vec4 encode_color_0(vec4 color_0, float linear_scale_1)
{
    return vec4(encode_srgb_0(color_0.xyz * linear_scale_1), color_0.w);
}
layout(location = 0)
out vec4 entryPointParam_encode_0;
void main()
{
    ivec3 _S2 = ivec3(ivec2(gl_FragCoord.xy), 0);
    entryPointParam_encode_0 = encode_color_0((texelFetch((source_0), ((_S2)).xy, ((_S2)).z)), k_0.linear_scale_0);
    return;
}
"""

const REDUCE := """#version 450
layout(row_major) uniform;
layout(row_major) buffer;
struct Constants_0
{
    vec4 reproject_u_0;
    vec4 reproject_v_0;
    vec4 reproject_w_0;
    vec2 extent_0;
    float strength_0;
    float stroke_opacity_0;
    vec2 depth_line_0;
    float linear_scale_0;
    float has_depth_0;
    vec4 cells_0;
};
layout(push_constant)
layout(std430) uniform block_Constants_0
{
    vec4 reproject_u_0;
    vec4 reproject_v_0;
    vec4 reproject_w_0;
    vec2 extent_0;
    float strength_0;
    float stroke_opacity_0;
    vec2 depth_line_0;
    float linear_scale_0;
    float has_depth_0;
    vec4 cells_0;
}k_0;
layout(binding = 0)
uniform sampler2D source_0;
vec3 saturate_0(vec3 x_0)
{
    return clamp(x_0, vec3(0.0), vec3(1.0));
}
vec2 tap_uv_0(vec2 uv_0, vec4 cells_1, vec2 tap_0)
{
    return uv_0 + cells_1.xy * (tap_0 / cells_1.zw - 0.5);
}
layout(location = 0)
out vec4 entryPointParam_reduce_0;
layout(location = 0)
in vec2 at_uv_0;
void main()
{
    const vec3 _S1 = vec3(0.0);
    float y_0 = 0.5;
    vec3 sum_0 = _S1;
    for(;;)
    {
        if(y_0 < (k_0.cells_0.w))
        {
        }
        else
        {
            break;
        }
        float x_1 = 0.5;
        for(;;)
        {
            if(x_1 < (k_0.cells_0.z))
            {
            }
            else
            {
                break;
            }
            vec3 sum_1 = sum_0 + saturate_0((textureLod((source_0), (tap_uv_0(at_uv_0, k_0.cells_0, vec2(x_1, y_0))), (0.0))).xyz);
            x_1 = x_1 + 1.0;
            sum_0 = sum_1;
        }
        y_0 = y_0 + 1.0;
    }
    entryPointParam_reduce_0 = vec4(sum_0 / (k_0.cells_0.z * k_0.cells_0.w), 1.0);
    return;
}
"""

const COMPOSITE := """#version 450
layout(row_major) uniform;
layout(row_major) buffer;
layout(binding = 1)
uniform sampler3D grid_0;
struct Constants_0
{
    vec4 reproject_u_0;
    vec4 reproject_v_0;
    vec4 reproject_w_0;
    vec2 extent_0;
    float strength_0;
    float stroke_opacity_0;
    vec2 depth_line_0;
    float linear_scale_0;
    float has_depth_0;
    vec4 cells_0;
};
layout(push_constant)
layout(std430) uniform block_Constants_0
{
    vec4 reproject_u_0;
    vec4 reproject_v_0;
    vec4 reproject_w_0;
    vec2 extent_0;
    float strength_0;
    float stroke_opacity_0;
    vec2 depth_line_0;
    float linear_scale_0;
    float has_depth_0;
    vec4 cells_0;
}k_0;
layout(binding = 3)
uniform sampler2D depth_0;
layout(binding = 0)
uniform sampler2D source_0;
layout(binding = 2)
uniform sampler2D strokes_0;
vec2 saturate_0(vec2 x_0)
{
    return clamp(x_0, vec2(0.0), vec2(1.0));
}
float saturate_1(float x_1)
{
    return clamp(x_1, 0.0, 1.0);
}
vec3 saturate_2(vec3 x_2)
{
    return clamp(x_2, vec3(0.0), vec3(1.0));
}
vec2 field_uv_0(Constants_0 k_1, vec2 uv_0, float inverse_depth_0)
{
    vec4 at_0 = vec4(uv_0, 1.0, inverse_depth_0);
    float _S1 = dot(k_1.reproject_u_0, at_0);
    float _S2 = dot(k_1.reproject_v_0, at_0);
    float _S3 = dot(k_1.reproject_w_0, at_0);
    vec2 _S4;
    if(_S3 > 9.99999997475242708e-07)
    {
        _S4 = vec2(_S1, _S2) / _S3;
    }
    else
    {
        _S4 = vec2(-9.0);
    }
    return _S4;
}
vec3 decode_srgb_0(vec3 encoded_0)
{
    vec3 _S5 = max(encoded_0, vec3(0.0));
    return mix(pow((_S5 + 0.05499999970197678) / 1.0549999475479126, vec3(2.40000009536743164)), _S5 / 12.92000007629394531, lessThanEqual(_S5,vec3(0.04044999927282333)));
}
layout(location = 0)
out vec4 entryPointParam_composite_0;
layout(location = 0)
in vec2 at_uv_0;
vec4 slice_row_0(float _S6, vec2 _S7, float _S8, int _S9)
{
    return (textureLod((grid_0), (vec3(_S7.x, (clamp(_S7.y * _S6, 0.5, _S6 - 0.5) + float(_S9) * _S6) / (3.0 * _S6), _S8)), (0.0)));
}
vec3 restyle_0(Constants_0 _S10, float _S11, vec3 _S12, vec2 _S13, float _S14)
{
    vec2 at_1 = field_uv_0(_S10, _S13, _S14);
    vec2 outside_0 = max(max(- at_1, at_1 - 1.0), vec2(0.0));
    vec2 at_2 = saturate_0(at_1) * _S10.extent_0;
    float luma_0 = dot(_S12, vec3(0.29899999499320984, 0.58700001239776611, 0.11400000005960464));
    vec4 x1_0 = vec4(_S12, 1.0);
    vec4 stroke_0 = (textureLod((strokes_0), (at_2), (0.0)));
    return mix(saturate_2(vec3(dot(slice_row_0(_S11, at_2, luma_0, 0), x1_0), dot(slice_row_0(_S11, at_2, luma_0, 1), x1_0), dot(slice_row_0(_S11, at_2, luma_0, 2), x1_0))), stroke_0.xyz, vec3(stroke_0.w * saturate_1(1.0 - 16.0 * max(outside_0.x, outside_0.y)) * _S10.stroke_opacity_0));
}
vec4 composite_color_0(Constants_0 _S15, float _S16, vec4 _S17, vec2 _S18, float _S19)
{
    float inverse_depth_1;
    if((_S15.has_depth_0) != 0.0)
    {
        inverse_depth_1 = max((_S19 - _S15.depth_line_0.x) / _S15.depth_line_0.y, 0.0);
    }
    else
    {
        inverse_depth_1 = 0.0;
    }
    vec3 _S20 = _S17.xyz;
    vec3 x_3 = saturate_2(_S20);
    return vec4(decode_srgb_0(saturate_2(x_3 + _S15.strength_0 * (restyle_0(_S15, _S16, x_3, _S18, inverse_depth_1) - x_3)) + (1.0 - _S15.strength_0) * (_S20 - x_3)) / _S15.linear_scale_0, _S17.w);
}
void main()
{
    ivec3 pixel_0 = ivec3(ivec2(gl_FragCoord.xy), 0);
    uint width_0;
    uint height_0;
    uint bins_0;
    ((width_0) = textureSize((grid_0), 0).x), ((height_0) = textureSize((grid_0), 0).y), ((bins_0) = textureSize((grid_0), 0).z);
    float depth_value_0;
    if((k_0.has_depth_0) != 0.0)
    {
        depth_value_0 = (texelFetch((depth_0), ((pixel_0)).xy, ((pixel_0)).z)).x;
    }
    else
    {
        depth_value_0 = 0.0;
    }
    Constants_0 _S21 = Constants_0(k_0.reproject_u_0, k_0.reproject_v_0, k_0.reproject_w_0, k_0.extent_0, k_0.strength_0, k_0.stroke_opacity_0, k_0.depth_line_0, k_0.linear_scale_0, k_0.has_depth_0, k_0.cells_0);
    entryPointParam_composite_0 = composite_color_0(_S21, float(height_0 / 3U), (texelFetch((source_0), ((pixel_0)).xy, ((pixel_0)).z)), at_uv_0, depth_value_0);
    return;
}
"""
