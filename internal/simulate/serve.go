package simulate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/siteproof/belay/internal/fault"
)

// stateFile holds every line that was taken, in the folder that outlives the program.
const stateFile = "trace.jsonl"

// Serve answers each tick of a trace that comes line by line, until the trace or ctx ends. What it has read is kept in
// stateDir ("" keeps nothing); a later Serve with the same folder goes on from there, as the controller does from its
// stored events after a crash. A line that is no record is refused with its number, and nothing of it is counted.
func Serve(ctx context.Context, in io.Reader, out io.Writer, terms Terms, stateDir string) error {
	s := session{terms: terms}
	if stateDir != "" {
		if err := s.recall(ctx, stateDir); err != nil {
			return err
		}
		defer func() { _ = s.kept.Close() }() // every line was written when it was taken
	}
	lines := newLines(in)
	for ctx.Err() == nil {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		answer, err := s.take(line, lines.number, true)
		if err != nil {
			return err
		}
		if answer != nil {
			if _, err := out.Write(answer); err != nil {
				return fmt.Errorf("answer the tick of line %d: %w", lines.number, err)
			}
		}
		if s.over {
			return nil
		}
	}
	return ctx.Err()
}

// session is one trace being judged.
type session struct {
	terms Terms
	judge *Judge
	kept  *os.File
	over  bool // the trace said so
}

// recall counts what an earlier session took.
func (s *session) recall(ctx context.Context, folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fault.New(fault.Unavailable, "the folder for the state cannot be made: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(folder, stateFile), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the folder is the caller's choice
	if err != nil {
		return fault.New(fault.Unavailable, "the state cannot be opened: %w", err)
	}
	lines, whole := newLines(file), int64(0)
	for ctx.Err() == nil {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(fmt.Errorf("read the state: %w", err), file.Close())
		}
		if !lines.ended { // cut off by the crash: it will be sent again or is lost, as any beacon may be
			break
		}
		if _, err := s.take(line, lines.number, false); err != nil {
			return errors.Join(fmt.Errorf("read the state: %w", err), file.Close())
		}
		whole += int64(len(line)) + 1
	}
	if err := file.Truncate(whole); err != nil {
		return errors.Join(err, file.Close())
	}
	if _, err := file.Seek(whole, io.SeekStart); err != nil {
		return errors.Join(err, file.Close())
	}
	s.kept = file
	return ctx.Err()
}

// take counts one line and gives the answer of a tick. A new line is kept before it is answered.
func (s *session) take(line []byte, number int, fresh bool) ([]byte, error) {
	r, err := Parse(line)
	if err != nil {
		return nil, fault.New(fault.Invalid, "line %d: %w", number, err)
	}
	if s.judge == nil || r.Type == Start {
		if s.judge != nil {
			return nil, nil // sent again after a crash
		}
		if s.judge, err = NewJudge(r, s.terms); err != nil {
			return nil, fault.New(fault.Invalid, "line %d: %w", number, err)
		}
	}
	if fresh && s.kept != nil {
		if _, err := s.kept.Write(append(bytes.Clone(line), '\n')); err != nil {
			return nil, fault.New(fault.Unavailable, "the state cannot be written: %w", err)
		}
	}
	switch r.Type { //nolint:exhaustive // the others are counted
	case Tick:
		return encode(s.judge.Decide(r.T))
	case End:
		s.over = fresh
	default:
		s.judge.Observe(r)
	}
	return nil, nil
}

// lines reads bounded lines and counts them. Empty ones are passed over.
type lines struct {
	r      *bufio.Reader
	number int
	ended  bool // the last line had its end
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 64<<10)} }

func (l *lines) next() ([]byte, error) {
	for {
		var long []byte
		for {
			part, err := l.r.ReadSlice('\n')
			if len(long)+len(part) > mostLine {
				return nil, fault.New(fault.Invalid, "line %d has more than %d bytes", l.number+1, mostLine)
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				long = append(long, part...)
				continue
			}
			if long != nil {
				part = append(long, part...)
			}
			if err != nil && (len(part) == 0 || !errors.Is(err, io.EOF)) {
				return nil, err
			}
			l.number++
			l.ended = err == nil
			long = bytes.TrimSuffix(part, []byte{'\n'})
			break
		}
		if len(bytes.TrimSpace(long)) > 0 {
			return long, nil
		}
	}
}
