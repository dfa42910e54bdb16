package channel

import (
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// sanitize makes every string of a message travel: protobuf refuses text that is not UTF-8, and databases refuse NUL.
// What is replaced stays readable in the raw bytes.
func sanitize(message proto.Message) {
	sanitizeMessage(message.ProtoReflect())
}

func sanitizeMessage(message protoreflect.Message) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
			sanitizeMap(field, value.Map())
		case field.IsList():
			sanitizeList(field, value.List())
		case field.Kind() == protoreflect.StringKind:
			if text := value.String(); dirty(text) {
				message.Set(field, protoreflect.ValueOfString(cleanText(text)))
			}
		case field.Message() != nil:
			sanitizeMessage(value.Message())
		}
		return true
	})
}

func sanitizeList(field protoreflect.FieldDescriptor, list protoreflect.List) {
	for i := range list.Len() {
		switch {
		case field.Kind() == protoreflect.StringKind:
			if text := list.Get(i).String(); dirty(text) {
				list.Set(i, protoreflect.ValueOfString(cleanText(text)))
			}
		case field.Message() != nil:
			sanitizeMessage(list.Get(i).Message())
		}
	}
}

func sanitizeMap(field protoreflect.FieldDescriptor, entries protoreflect.Map) {
	if field.MapKey().Kind() != protoreflect.StringKind || field.MapValue().Kind() != protoreflect.StringKind {
		return
	}
	entries.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		if dirty(key.String()) || dirty(value.String()) {
			entries.Clear(key)
			cleanKey := protoreflect.ValueOfString(cleanText(key.String())).MapKey()
			entries.Set(cleanKey, protoreflect.ValueOfString(cleanText(value.String())))
		}
		return true
	})
}

func dirty(text string) bool { return !utf8.ValidString(text) || strings.ContainsRune(text, 0) }

func cleanText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
