// Command flagbench measures what an answer of the flag doors costs the server: processor time per request, pinned to one
// core, beside a plain net/http handler that reads the same requests and writes the same bytes. The load comes from this
// process, on the other cores. It needs taskset and /proc, so Linux.
//
//	flagbench --belay bin/belay
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) > 2 && os.Args[1] == "plain" {
		fail(servePlain(os.Args[2]))
		return
	}
	binary := flag.String("belay", "bin/belay", "the program that is measured")
	requests := flag.Int("requests", 6000, "of each round")
	rounds := flag.Int("rounds", 7, "of each measurement; the median counts")
	scale := flag.Bool("scale", false, "measure a large installation instead")
	flag.Parse()
	dir, err := os.MkdirTemp("", "flagbench")
	fail(err)
	defer func() { _ = os.RemoveAll(dir) }()
	if *scale {
		err = measureScale(ctx, os.Stdout, *binary, dir)
	} else {
		err = measureDoors(ctx, os.Stdout, *binary, dir, *requests, *rounds)
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		fail(err)
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "flagbench:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

// row is one line of the table: a request, its goal, and what was measured of other servers on the same kind of machine.
type row struct {
	name  string
	make  func(n int) []byte
	goal  float64
	peers string
}

func measureDoors(ctx context.Context, out io.Writer, binary, dir string, requests, rounds int) error {
	env, err := seed(ctx, dir)
	if err != nil {
		return err
	}
	belay, err := start(ctx, binary, "serve", "--listen", "127.0.0.1:0", "--data", dir)
	if err != nil {
		return err
	}
	defer belay.kill()
	rows := []row{
		{"one flag (OFREP)", ofrepOne(env), 1.6, "ConfigCat proxy 2.2, GO Feature Flag 3.4, flagd 6.1, Flipt 6.8"},
		{"bulk of 100 (OFREP)", ofrepBulk(env), 2.3, "ConfigCat proxy 4.1, LaunchDarkly relay 4.7, GO Feature Flag 12, Flipt 34, flagd 51"},
		{"identities (Flagsmith), nothing kept", identitiesNew(env), 3, "Flagsmith edge proxy 31"},
		{"identities, two traits as they were", identitiesKept(env), 3, ""},
		{"revalidation, 304 (OFREP)", nil, 1.4, "ConfigCat proxy 1.9, GO Feature Flag 22, Flipt 62"},
	}
	if rows[4].make, err = revalidation(belay.address, env); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%-38s %10s %10s %7s %7s   %s\n", "server CPU of one request, one core", "belay", "plain", "ratio", "goal", "others, to the same measure")
	for _, r := range rows {
		if err := r.measure(ctx, out, belay, dir, requests, rounds); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return nil
}

func (r *row) measure(ctx context.Context, out io.Writer, belay *process, dir string, requests, rounds int) error {
	answer, err := once(belay.address, r.make(0))
	if err != nil {
		return err
	}
	sample := filepath.Join(dir, "answer")
	if err := os.WriteFile(sample, answer, 0o600); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	plain, err := start(ctx, self, "plain", sample)
	if err != nil {
		return err
	}
	defer plain.kill()
	var ours, theirs, ratios []float64
	for n := range rounds + 1 { // the first one warms up
		a, err := belay.load(r.make, requests)
		if err != nil {
			return err
		}
		b, err := plain.load(r.make, requests)
		if err != nil {
			return err
		}
		if n > 0 {
			ours, theirs, ratios = append(ours, a), append(theirs, b), append(ratios, a/b)
		}
	}
	_, _ = fmt.Fprintf(out, "%-38s %7.1f µs %7.1f µs %7.2f %7.1f   %s\n", r.name, median(ours), median(theirs), median(ratios), r.goal, r.peers)
	return nil
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// process is a server under load.
type process struct {
	command *exec.Cmd
	address string
}

// start runs a server on one core and waits until it says where it listens.
func start(ctx context.Context, program string, args ...string) (*process, error) {
	p := &process{command: exec.CommandContext(ctx, "taskset", append([]string{"-c", "0", program}, args...)...)}
	said, err := p.command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	found := make(chan string, 1)
	go func() {
		defer close(found)
		text, chunk := "", make([]byte, 4096)
		for {
			n, err := said.Read(chunk)
			if text += string(chunk[:n]); len(text) < 1<<20 {
				if _, rest, listens := strings.Cut(text, "http://"); listens && strings.ContainsAny(rest, " \n") {
					found <- strings.Trim(rest[:strings.IndexAny(rest, " \n")], `"`)
					_, _ = io.Copy(io.Discard, said)
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	const patience = 2 * time.Minute
	select {
	case address, is := <-found:
		if p.address = address; is {
			return p, nil
		}
	case <-time.After(patience):
	case <-ctx.Done():
	}
	p.kill()
	return nil, fmt.Errorf("%s did not start", program)
}

func (p *process) kill() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait() // killed, which is an error
}

// spent is the processor time of all threads of the process.
func (p *process) spent() (time.Duration, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.command.Process.Pid))
	if err != nil || len(threads) == 0 {
		return 0, fmt.Errorf("the processor time of the server cannot be read: %w", err)
	}
	var sum time.Duration
	for _, name := range threads {
		text, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		ns, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(ns)
	}
	return sum, nil
}
