#include "godot_class.h"

#include <stdlib.h>
#include <string.h>

#define TYPES GDEXTENSION_VARIANT_TYPE_VARIANT_MAX
#define HASH_SIZE 3173160232  /* of the builtin methods, as extension_api.json names them */
#define HASH_RESIZE 848867239 /* the same from Godot 4.0 on */

typedef union {
  int64_t whole;
  double real;
  godot_string string;
  godot_array array;
  float numbers[16]; /* the largest: a Projection */
} value;

typedef struct {
  GDExtensionVariantFromTypeConstructorFunc to_variant;
  GDExtensionTypeFromVariantConstructorFunc from_variant;
  GDExtensionPtrConstructor begin, copy;
  GDExtensionPtrDestructor end;
  GDExtensionPtrBuiltInMethod size, resize;
} type_functions;

static GDExtensionClassLibraryPtr library;
static type_functions functions[TYPES];
static GDExtensionInterfaceStringNameNewWithLatin1Chars name_new;
static GDExtensionInterfaceStringNewWithUtf8Chars string_new;
static GDExtensionInterfaceStringToUtf8Chars string_read;
static GDExtensionInterfaceClassdbConstructObject construct;
static GDExtensionInterfaceObjectSetInstance set_instance;
static GDExtensionInterfaceClassdbRegisterExtensionClass3 register_class;
static GDExtensionInterfaceClassdbRegisterExtensionClassMethod register_method;
static GDExtensionInterfaceClassdbUnregisterExtensionClass unregister_class;
static GDExtensionInterfacePackedByteArrayOperatorIndexConst byte_at_const;
static GDExtensionInterfacePackedFloat32ArrayOperatorIndex float_at;
static GDExtensionInterfacePackedFloat64ArrayOperatorIndex double_at;

static const GDExtensionVariantType used[] = {
    GDEXTENSION_VARIANT_TYPE_INT,
    GDEXTENSION_VARIANT_TYPE_FLOAT,
    GDEXTENSION_VARIANT_TYPE_STRING,
    GDEXTENSION_VARIANT_TYPE_VECTOR2I,
    GDEXTENSION_VARIANT_TYPE_VECTOR3I,
    GDEXTENSION_VARIANT_TYPE_TRANSFORM3D,
    GDEXTENSION_VARIANT_TYPE_PROJECTION,
    GDEXTENSION_VARIANT_TYPE_PACKED_BYTE_ARRAY,
    GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT32_ARRAY,
    GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT64_ARRAY,
};

static int is_array(GDExtensionVariantType type) {
  return type >= GDEXTENSION_VARIANT_TYPE_PACKED_BYTE_ARRAY;
}

static int load_type(GDExtensionInterfaceGetProcAddress get, GDExtensionVariantType type) {
  type_functions* f = &functions[type];
  f->to_variant = ((GDExtensionInterfaceGetVariantFromTypeConstructor)get(
      "get_variant_from_type_constructor"))(type);
  f->from_variant = ((GDExtensionInterfaceGetVariantToTypeConstructor)get(
      "get_variant_to_type_constructor"))(type);
  GDExtensionInterfaceVariantGetPtrConstructor constructor =
      (GDExtensionInterfaceVariantGetPtrConstructor)get("variant_get_ptr_constructor");
  f->begin = constructor(type, 0);
  f->copy = constructor(type, 1);
  f->end = ((GDExtensionInterfaceVariantGetPtrDestructor)get("variant_get_ptr_destructor"))(type);
  if (!f->to_variant || !f->from_variant) return 0;
  if (!is_array(type)) return 1;
  GDExtensionInterfaceVariantGetPtrBuiltinMethod method =
      (GDExtensionInterfaceVariantGetPtrBuiltinMethod)get("variant_get_ptr_builtin_method");
  void* name = NULL;
  name_new(&name, "size", 1);
  f->size = method(type, &name, HASH_SIZE);
  name = NULL;
  name_new(&name, "resize", 1);
  f->resize = method(type, &name, HASH_RESIZE);
  return f->begin && f->copy && f->end && f->size && f->resize;
}

int godot_load(GDExtensionInterfaceGetProcAddress get, GDExtensionClassLibraryPtr own) {
  library = own;
#define LOAD(variable, type, name) \
  if (!(variable = (type)get(name))) return 0
  LOAD(name_new, GDExtensionInterfaceStringNameNewWithLatin1Chars,
       "string_name_new_with_latin1_chars");
  LOAD(string_new, GDExtensionInterfaceStringNewWithUtf8Chars, "string_new_with_utf8_chars");
  LOAD(string_read, GDExtensionInterfaceStringToUtf8Chars, "string_to_utf8_chars");
  LOAD(construct, GDExtensionInterfaceClassdbConstructObject, "classdb_construct_object");
  LOAD(set_instance, GDExtensionInterfaceObjectSetInstance, "object_set_instance");
  LOAD(register_class, GDExtensionInterfaceClassdbRegisterExtensionClass3,
       "classdb_register_extension_class3");
  LOAD(register_method, GDExtensionInterfaceClassdbRegisterExtensionClassMethod,
       "classdb_register_extension_class_method");
  LOAD(unregister_class, GDExtensionInterfaceClassdbUnregisterExtensionClass,
       "classdb_unregister_extension_class");
  LOAD(byte_at_const, GDExtensionInterfacePackedByteArrayOperatorIndexConst,
       "packed_byte_array_operator_index_const");
  LOAD(float_at, GDExtensionInterfacePackedFloat32ArrayOperatorIndex,
       "packed_float32_array_operator_index");
  LOAD(double_at, GDExtensionInterfacePackedFloat64ArrayOperatorIndex,
       "packed_float64_array_operator_index");
#undef LOAD
  for (size_t i = 0; i < sizeof used / sizeof *used; i++)
    if (!load_type(get, used[i])) return 0;
  return 1;
}

/* --- instances --- */

static GDExtensionObjectPtr create(void* userdata) {
  const godot_class* type = userdata;
  void *base = NULL, *name = NULL;
  name_new(&base, "RefCounted", 1);
  name_new(&name, type->name, 1);
  GDExtensionObjectPtr object = construct(&base);
  void* self = calloc(1, type->self_bytes);
  type->begin(self);
  set_instance(object, &name, self);
  return object;
}

static void destroy(void* userdata, GDExtensionClassInstancePtr self) {
  ((const godot_class*)userdata)->end(self);
  free(self);
}

/* --- calls --- */

static void call_by_pointer(void* userdata, GDExtensionClassInstancePtr self,
                            const GDExtensionConstTypePtr* arguments, GDExtensionTypePtr result) {
  ((const godot_method*)userdata)->function(self, arguments, result);
}

static uint32_t argument_count(const godot_method* method) {
  uint32_t count = 0;
  while (count < GODOT_MAX_ARGUMENTS && method->arguments[count].name) count++;
  return count;
}

static void begin_value(GDExtensionVariantType type, value* v) {
  *v = (value){.numbers = {0}};
  if (functions[type].end) functions[type].begin(v, NULL);
}

static void end_value(GDExtensionVariantType type, value* v) {
  if (functions[type].end) functions[type].end(v);
}

/* The way of untyped GDScript: variants in, a variant out. */
static void call_by_variant(void* userdata, GDExtensionClassInstancePtr self,
                            const GDExtensionConstVariantPtr* arguments, GDExtensionInt given,
                            GDExtensionVariantPtr result, GDExtensionCallError* error) {
  const godot_method* method = userdata;
  const uint32_t wanted = argument_count(method);
  if (given != wanted) {
    error->error = given < wanted ? GDEXTENSION_CALL_ERROR_TOO_FEW_ARGUMENTS
                                  : GDEXTENSION_CALL_ERROR_TOO_MANY_ARGUMENTS;
    error->expected = (int32_t)wanted;
    return;
  }
  value values[GODOT_MAX_ARGUMENTS], out;
  GDExtensionConstTypePtr pointers[GODOT_MAX_ARGUMENTS];
  for (uint32_t i = 0; i < wanted; i++) {
    values[i] = (value){.numbers = {0}};
    functions[method->arguments[i].type].from_variant(&values[i],
                                                      (GDExtensionVariantPtr)arguments[i]);
    pointers[i] = &values[i];
  }
  if (method->result) begin_value(method->result, &out);
  method->function(self, pointers, &out);
  if (method->result) {
    functions[method->result].to_variant(result, &out);
    end_value(method->result, &out);
  }
  for (uint32_t i = 0; i < wanted; i++) end_value(method->arguments[i].type, &values[i]);
  error->error = GDEXTENSION_CALL_OK;
}

/* --- registration --- */

static GDExtensionPropertyInfo property(GDExtensionVariantType type, void** name, void** none,
                                        godot_string* hint) {
  return (GDExtensionPropertyInfo){type, name, none, 0, hint, 6 /* PROPERTY_USAGE_DEFAULT */};
}

static void add_method(void** class_name, const godot_method* method, void** none,
                       godot_string* hint) {
  void* name = NULL;
  name_new(&name, method->name, 1);
  void* names[GODOT_MAX_ARGUMENTS] = {0};
  GDExtensionPropertyInfo arguments[GODOT_MAX_ARGUMENTS];
  GDExtensionClassMethodArgumentMetadata metadata[GODOT_MAX_ARGUMENTS] = {0};
  const uint32_t count = argument_count(method);
  for (uint32_t i = 0; i < count; i++) {
    name_new(&names[i], method->arguments[i].name, 1);
    arguments[i] = property(method->arguments[i].type, &names[i], none, hint);
  }
  GDExtensionPropertyInfo result = property(method->result, none, none, hint);
  GDExtensionClassMethodInfo info = {
      .name = &name,
      .method_userdata = (void*)(uintptr_t)method,
      .call_func = call_by_variant,
      .ptrcall_func = call_by_pointer,
      .method_flags = GDEXTENSION_METHOD_FLAGS_DEFAULT,
      .has_return_value = method->result != GDEXTENSION_VARIANT_TYPE_NIL,
      .return_value_info = &result,
      .argument_count = count,
      .arguments_info = arguments,
      .arguments_metadata = metadata,
  };
  register_method(library, class_name, &info);
}

void godot_register(const godot_class* type) {
  void *name = NULL, *parent = NULL, *none = NULL;
  godot_string hint = {{0}};
  name_new(&name, type->name, 1);
  name_new(&parent, "RefCounted", 1);
  name_new(&none, "", 1);
  string_new(&hint, "");
  GDExtensionClassCreationInfo3 info = {
      .is_exposed = 1,
      .create_instance_func = create,
      .free_instance_func = destroy,
      .class_userdata = (void*)(uintptr_t)type,
  };
  register_class(library, &name, &parent, &info);
  for (size_t i = 0; i < type->method_count; i++)
    add_method(&name, &type->methods[i], &none, &hint);
}

void godot_unregister(const godot_class* type) {
  void* name = NULL;
  name_new(&name, type->name, 1);
  unregister_class(library, &name);
}

/* --- values --- */

int64_t godot_text(const godot_string* from, char* to, size_t bytes) {
  const int64_t whole = string_read(from, NULL, 0);
  const int64_t got = string_read(from, to, (GDExtensionInt)bytes - 1);
  to[got < 0 ? 0 : got] = 0;
  return whole;
}

void godot_set_text(godot_string* to, const char* utf8) {
  functions[GDEXTENSION_VARIANT_TYPE_STRING].end(to);
  string_new(to, utf8);
}

void godot_array_begin(GDExtensionVariantType type, godot_array* array) {
  functions[type].begin(array, NULL);
}

void godot_array_end(GDExtensionVariantType type, godot_array* array) {
  functions[type].end(array);
}

int64_t godot_array_size(GDExtensionVariantType type, const godot_array* array) {
  int64_t count = 0;
  functions[type].size((GDExtensionTypePtr)(uintptr_t)array, NULL, &count, 0);
  return count;
}

void godot_array_resize(GDExtensionVariantType type, godot_array* array, int64_t count) {
  const GDExtensionConstTypePtr arguments[1] = {&count};
  int64_t status = 0;
  functions[type].resize(array, arguments, &status, 1);
}

void godot_array_share(GDExtensionVariantType type, godot_array* to, const godot_array* from) {
  const GDExtensionConstTypePtr arguments[1] = {from};
  functions[type].end(to);
  functions[type].copy(to, arguments);
}

const uint8_t* godot_bytes_const(const godot_array* array) { return byte_at_const(array, 0); }
uint8_t* godot_bytes_in_place(godot_array* array) {
  return (uint8_t*)(uintptr_t)godot_bytes_const(array);
}
float* godot_floats(godot_array* array) { return float_at(array, 0); }
double* godot_doubles(godot_array* array) { return double_at(array, 0); }
