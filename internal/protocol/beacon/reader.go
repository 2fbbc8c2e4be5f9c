package beacon

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/fault"
)

// reader reads one JSON text (RFC 8259) strictly and in one pass: no duplicate keys, no NUL, no numbers that overflow,
// nothing behind the end. It never looks deeper than its caller asks, so nesting cannot exhaust it. Every refusal
// names the place. The text must be valid UTF-8.
type reader struct {
	text  []byte
	at    int
	place []step
}

// step is one step of the place: a key, or an index when key is "".
type step struct {
	key   string
	index int
}

// refuse says what is wrong where the reader stands.
func (r *reader) refuse(format string, args ...any) error {
	place := r.where()
	f := fault.New(fault.Invalid, format, args...)
	message := f.Text
	if place != "" {
		f.Text = place + ": " + message
		return f.At(place, "%s", message)
	}
	return f
}

func (r *reader) where() string {
	var b strings.Builder
	for _, s := range r.place {
		switch {
		case s.key == "":
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case b.Len() > 0:
			b.WriteString("." + shown(s.key))
		default:
			b.WriteString(shown(s.key))
		}
	}
	return b.String()
}

// shown keeps what a stranger wrote short.
func shown(key string) string {
	const most = 60
	if len(key) > most {
		return strings.ToValidUTF8(key[:most], "") + "…"
	}
	return key
}

func (r *reader) broken(expected string) error {
	if r.at >= len(r.text) {
		return r.refuse("the JSON ends where %s should stand", expected)
	}
	return r.refuse("the JSON has %q at byte %d where %s should stand", r.next(), r.at+1, expected)
}

func (r *reader) next() rune {
	c, _ := utf8.DecodeRune(r.text[r.at:])
	return c
}

// peek skips white space and gives the next byte, 0 at the end.
func (r *reader) peek() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

func (r *reader) take(c byte) bool {
	if r.peek() != c || r.at >= len(r.text) {
		return false
	}
	r.at++
	return true
}

// object calls field for every member, which has to read its value. Each key may come once.
func (r *reader) object(most int, field func(key string) error) error {
	if !r.take('{') {
		return r.broken("an object")
	}
	if r.take('}') {
		return nil
	}
	var few [24]string // most objects are small; looking through a few beats a map
	keys, many := few[:0], map[string]bool(nil)
	for {
		if r.peek() != '"' {
			return r.broken("a key")
		}
		key, err := r.text1(strict)
		if err != nil {
			return err
		}
		if !r.take(':') {
			return r.broken("a colon")
		}
		r.place = append(r.place, step{key: key})
		if key == "" {
			return r.refuse("a key is empty")
		}
		if many == nil && len(keys) == len(few) {
			many = make(map[string]bool, 2*len(few))
			for _, k := range keys {
				many[k] = true
			}
		}
		if many[key] || many == nil && slices.Contains(keys, key) {
			return r.refuse("stands there twice")
		}
		if many != nil {
			many[key] = true
		} else {
			keys = append(keys, key)
		}
		if max(len(keys), len(many)) > most {
			r.place = r.place[:len(r.place)-1]
			return r.refuse("has more than %d members", most)
		}
		if err := field(key); err != nil {
			return err
		}
		r.place = r.place[:len(r.place)-1]
		if r.take('}') {
			return nil
		}
		if !r.take(',') {
			return r.broken("a comma or }")
		}
	}
}

// array calls item for every element, which has to read it.
func (r *reader) array(most int, item func(i int) error) error {
	if !r.take('[') {
		return r.broken("a list")
	}
	if r.take(']') {
		return nil
	}
	for i := 0; ; i++ {
		if i == most {
			return r.refuse("has more than %d items", most)
		}
		r.place = append(r.place, step{index: i})
		if err := item(i); err != nil {
			return err
		}
		r.place = r.place[:len(r.place)-1]
		if r.take(']') {
			return nil
		}
		if !r.take(',') {
			return r.broken("a comma or ]")
		}
	}
}

// How a text is read.
type manner bool

const (
	strict  manner = false // control characters are refused: names and keys
	lenient manner = true  // NUL is replaced, line breaks and the rest stay: messages and stacks
)

// word reads a text of least to most characters without control characters.
func (r *reader) word(least, most int) (string, error) {
	if r.peek() != '"' {
		return "", r.broken("a text")
	}
	s, err := r.text1(strict)
	if err != nil {
		return "", err
	}
	if len(s) > most && utf8.RuneCountInString(s) > most {
		return "", r.refuse("has more than %d characters", most)
	}
	if len(s) < least { // least is 0, 1, or of ASCII
		return "", r.refuse("has fewer than %d characters", least)
	}
	return s, nil
}

// prose reads a text of any length.
func (r *reader) prose() (string, error) {
	if r.peek() != '"' {
		return "", r.broken("a text")
	}
	return r.text1(lenient)
}

// text1 reads a text that begins here.
func (r *reader) text1(how manner) (string, error) {
	start := r.at + 1
	for i := start; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			r.at = i + 1
			s := string(r.text[start:i])
			if how == strict && strings.ContainsRune(s, 0x7f) {
				return "", r.refuse("holds a control character")
			}
			return s, nil
		case c == '\\':
			return r.escaped(start, i, how)
		case c < ' ':
			r.at = i
			return "", r.broken("the rest of a text")
		}
	}
	r.at = len(r.text)
	return "", r.broken("the end of a text")
}

// escaped reads on from the first backslash.
func (r *reader) escaped(start, i int, how manner) (string, error) {
	out := append(make([]byte, 0, 2*(i-start)+32), r.text[start:i]...)
	for i < len(r.text) {
		c := r.text[i]
		switch {
		case c == '"':
			r.at = i + 1
			return string(out), nil
		case c < ' ':
			r.at = i
			return "", r.broken("the rest of a text")
		case c != '\\':
			out = append(out, c)
			i++
			continue
		}
		char, size := r.escape(i)
		if size == 0 {
			r.at = i
			return "", r.broken("a known escape")
		}
		if char < ' ' || char == 0x7f {
			if how == strict {
				return "", r.refuse("holds a control character")
			}
			if char == 0 {
				char = utf8.RuneError
			}
		}
		out = utf8.AppendRune(out, char)
		i += size
	}
	r.at = len(r.text)
	return "", r.broken("the end of a text")
}

// escape decodes the escape at i; size is 0 when there is none. Half of a surrogate pair becomes U+FFFD, which is what
// browsers send for it elsewhere.
func (r *reader) escape(i int) (char rune, size int) {
	if i+1 >= len(r.text) {
		return 0, 0
	}
	switch c := r.text[i+1]; c {
	case '"', '\\', '/':
		return rune(c), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		first, ok := r.hex(i + 2)
		if !ok {
			return 0, 0
		}
		if !utf16.IsSurrogate(first) {
			return first, 6
		}
		if i+7 < len(r.text) && r.text[i+6] == '\\' && r.text[i+7] == 'u' {
			if second, ok := r.hex(i + 8); ok {
				if pair := utf16.DecodeRune(first, second); pair != utf8.RuneError {
					return pair, 12
				}
			}
		}
		return utf8.RuneError, 6
	}
	return 0, 0
}

func (r *reader) hex(i int) (rune, bool) {
	if i+4 > len(r.text) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(r.text[i:i+4]), 16, 16)
	return rune(n), err == nil
}

// number reads a number that a double can hold.
func (r *reader) number() (float64, error) {
	token, err := r.digits()
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(token, 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, r.refuse("is too large a number")
	}
	return f, nil
}

// whole reads a whole number from least to most, which doubles must hold exactly.
func (r *reader) whole(least, most int64) (int64, error) {
	token, err := r.digits()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(token, 10, 64)
	if err != nil || n < least || n > most {
		return 0, r.refuse("is not a whole number from %d to %d", least, most)
	}
	return n, nil
}

// digits takes the number that begins here, by the grammar of RFC 8259.
func (r *reader) digits() (string, error) {
	c := r.peek()
	if c != '-' && (c < '0' || c > '9') {
		return "", r.broken("a number")
	}
	start := r.at
	if c == '-' {
		r.at++
	}
	lead := r.at
	if r.run() == 0 || r.text[lead] == '0' && r.at > lead+1 {
		return "", r.refuse("is not a number")
	}
	if r.at < len(r.text) && r.text[r.at] == '.' {
		r.at++
		if r.run() == 0 {
			return "", r.refuse("is not a number")
		}
	}
	if r.at < len(r.text) && (r.text[r.at] == 'e' || r.text[r.at] == 'E') {
		r.at++
		if r.at < len(r.text) && (r.text[r.at] == '+' || r.text[r.at] == '-') {
			r.at++
		}
		if r.run() == 0 {
			return "", r.refuse("is not a number")
		}
	}
	const longest = 400 // digits: no double needs more, and parsing is not free
	if r.at-start > longest {
		return "", r.refuse("is too long a number")
	}
	return string(r.text[start:r.at]), nil
}

func (r *reader) run() int {
	start := r.at
	for r.at < len(r.text) && r.text[r.at] >= '0' && r.text[r.at] <= '9' {
		r.at++
	}
	return r.at - start
}

// boolean reads true or false.
func (r *reader) boolean() (bool, error) {
	switch {
	case r.literal("true"):
		return true, nil
	case r.literal("false"):
		return false, nil
	}
	return false, r.broken("true or false")
}

func (r *reader) literal(word string) bool {
	r.peek()
	if !strings.HasPrefix(string(r.text[r.at:min(len(r.text), r.at+len(word))]), word) {
		return false
	}
	r.at += len(word)
	return true
}

// scalar passes over a text, a number, true, false or null, and gives it as it stands there.
func (r *reader) scalar() (string, error) {
	c := r.peek()
	start := r.at
	var err error
	switch {
	case c == '"':
		_, err = r.text1(lenient)
	case c == '-' || c >= '0' && c <= '9':
		_, err = r.number()
	case r.literal("true"), r.literal("false"), r.literal("null"):
	default:
		err = r.broken("a text, a number, true, false or null")
	}
	return string(r.text[start:r.at]), err
}

// ended says whether nothing but white space is left.
func (r *reader) ended() error {
	if r.peek() != 0 || r.at < len(r.text) {
		return r.broken("the end")
	}
	return nil
}
