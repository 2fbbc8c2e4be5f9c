// Package plainjson reads and writes the JSON that requests usually are: flat objects of plain text, numbers and
// booleans. What it reads, encoding/json reads to the same; what is unusual or wrong it does not read at all, and says so,
// and the caller asks encoding/json, which knows everything and what to say about errors.
package plainjson

import (
	"encoding/json"
	"unicode/utf8"
)

// Scanner reads one text from its beginning. Each method says whether it found what it looks for; after a no the scanner
// is of no more use.
type Scanner struct {
	text string
	at   int
}

// New makes a scanner. Text that is not UTF-8 it does not read.
func New(text string) Scanner {
	if !utf8.ValidString(text) {
		return Scanner{}
	}
	return Scanner{text: text}
}

// Take passes over white space and then that one byte.
func (s *Scanner) Take(c byte) bool {
	s.space()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// Next says whether that byte comes next, and leaves it there.
func (s *Scanner) Next(c byte) bool {
	s.space()
	return s.at < len(s.text) && s.text[s.at] == c
}

// End says whether nothing but white space is left.
func (s *Scanner) End() bool {
	s.space()
	return s.at == len(s.text)
}

func (s *Scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\n', '\r', '\t':
			s.at++
		default:
			return
		}
	}
}

// Text reads text without escapes. It is a part of what the scanner reads, and keeps that in memory.
func (s *Scanner) Text() (string, bool) {
	if !s.Take('"') {
		return "", false
	}
	for i := s.at; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			found := s.text[s.at:i]
			s.at = i + 1
			return found, true
		case c == '\\' || c < ' ':
			return "", false
		}
	}
	return "", false
}

// Key reads a name of an object's member and the colon after it.
func (s *Scanner) Key() (string, bool) {
	key, found := s.Text()
	return key, found && s.Take(':')
}

// More reads what stands after a member of an object or an item of a list: a comma, or the end given, which is no more.
func (s *Scanner) More(end byte) (more, found bool) {
	if s.Take(',') {
		return true, true
	}
	return false, s.Take(end)
}

// Scalar reads text, a number, true, false or null, as encoding/json with UseNumber does.
func (s *Scanner) Scalar() (any, bool) {
	s.space()
	if s.at == len(s.text) {
		return nil, false
	}
	switch c := s.text[s.at]; { //nolint:staticcheck // the cases are ranges too
	case c == '"':
		text, found := s.Text()
		return text, found
	case c == 't':
		return true, s.word("true")
	case c == 'f':
		return false, s.word("false")
	case c == 'n':
		return nil, s.word("null")
	}
	return s.number()
}

func (s *Scanner) word(word string) bool {
	if len(s.text)-s.at < len(word) || s.text[s.at:s.at+len(word)] != word {
		return false
	}
	s.at += len(word)
	return true
}

// number reads -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?
func (s *Scanner) number() (any, bool) {
	from := s.at
	if s.at < len(s.text) && s.text[s.at] == '-' {
		s.at++
	}
	whole := s.at
	if !s.digits() || (s.text[whole] == '0' && s.at-whole > 1) {
		return nil, false
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		if s.at++; !s.digits() {
			return nil, false
		}
	}
	if s.at < len(s.text) && s.text[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		if !s.digits() {
			return nil, false
		}
	}
	return json.Number(s.text[from:s.at]), true
}

func (s *Scanner) digits() bool {
	from := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > from
}

// AppendText appends text in quotes, as encoding/json writes it.
func AppendText(to []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(text)
			if err != nil { // cannot happen: it is text
				return append(to, '"', '"')
			}
			return append(to, quoted...)
		}
	}
	return append(append(append(to, '"'), text...), '"')
}
