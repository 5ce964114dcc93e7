/* A class for Godot from a table of methods, in plain C: what Godot's ABI needs and no more. */
#ifndef EYEBRUSH_GODOT_CLASS_H
#define EYEBRUSH_GODOT_CLASS_H

#include <stddef.h>
#include <stdint.h>

#include "gdextension_interface.h"

#define GODOT_MAX_ARGUMENTS 8

/* Values as Godot passes them by pointer: int64_t, double, and these opaque ones. */
typedef struct {
  uint64_t words[1];
} godot_string;
typedef struct {
  uint64_t words[2];
} godot_array; /* any packed array */
/* Vectors of integers are int32_t each; Transform3D and Projection: see view_math.h. */

/* arguments[i] points to the argument's value; result to a value of the result's type. */
typedef void (*godot_function)(void* self, const GDExtensionConstTypePtr* arguments, void* result);

typedef struct {
  const char* name;
  godot_function function;
  GDExtensionVariantType result; /* NIL: nothing */
  struct {
    const char* name;
    GDExtensionVariantType type;
  } arguments[GODOT_MAX_ARGUMENTS]; /* ended by a NULL name, unless full */
} godot_method;

typedef struct {
  const char* name; /* a RefCounted */
  size_t self_bytes;
  void (*begin)(void* self); /* self is all zero */
  void (*end)(void* self);
  const godot_method* methods;
  size_t method_count;
} godot_class;

/* 0 where this Godot lacks something that is needed. */
int godot_load(GDExtensionInterfaceGetProcAddress get, GDExtensionClassLibraryPtr library);
void godot_register(const godot_class* type);
void godot_unregister(const godot_class* type);

/* Text of a string, cut to fit: the number of bytes of the whole. */
int64_t godot_text(const godot_string* from, char* to, size_t bytes);
void godot_set_text(godot_string* to, const char* utf8);

/* Packed arrays of one type; element is read and written through the pointer. */
void godot_array_begin(GDExtensionVariantType type, godot_array* array);
void godot_array_end(GDExtensionVariantType type, godot_array* array);
int64_t godot_array_size(GDExtensionVariantType type, const godot_array* array);
void godot_array_resize(GDExtensionVariantType type, godot_array* array, int64_t count);
/* to takes a reference; nothing is copied until somebody writes. */
void godot_array_share(GDExtensionVariantType type, godot_array* to, const godot_array* from);
/* Of arrays that are not empty. "in place": all that share the array see what is written, where
 * Godot's own way would first make a copy for the writer. */
const uint8_t* godot_bytes_const(const godot_array* array);
uint8_t* godot_bytes_in_place(godot_array* array);
float* godot_floats(godot_array* array);
double* godot_doubles(godot_array* array);

#endif
