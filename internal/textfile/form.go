package textfile

import "reflect"

// Form is what readers of one kind of file want to have said and allowed.
type Form struct {
	Example string // hint to whoever hands in an empty file
	Several string // hint to whoever puts a second document into a file
	// Sentence says a mistake at a path; nil says "path: mistake".
	Sentence func(path, mistake string) string
	// Choices are the words that may stand where a type is wanted; nil, or no words, allow any.
	Choices func(t reflect.Type) []string
	// Optional says which fields may be left out besides those that are marked omitempty.
	Optional func(field string) bool
	// Words says of which mappings the keys are plain words. All other keys may hold points and end with a NUL in paths.
	Words func(path string) bool
}

func (f Form) sentence(path, mistake string) string {
	if f.Sentence == nil {
		return Prefixed(path, mistake)
	}
	return f.Sentence(path, mistake)
}

func (f Form) choices(t reflect.Type) []string {
	if f.Choices == nil {
		return nil
	}
	return f.Choices(t)
}

// Prefixed puts a path before what is said of it.
func Prefixed(path, mistake string) string {
	if path == "" {
		return mistake
	}
	return path + ": " + mistake
}
