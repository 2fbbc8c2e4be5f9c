package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// connections are kept alive and busy at the same time, each from an address of its own: Belay limits what one may ask.
const connections = 32

// load sends so many requests and gives the server's processor time for one of them, in microseconds.
func (p *process) load(request func(n int) []byte, requests int) (float64, error) {
	before, err := p.spent()
	if err != nil {
		return 0, err
	}
	var wait sync.WaitGroup
	failures := make([]error, connections)
	for c := range connections {
		wait.Go(func() { failures[c] = keepAsking(p.address, request, c, requests/connections) })
	}
	wait.Wait()
	if err := errors.Join(failures...); err != nil {
		return 0, err
	}
	after, err := p.spent()
	return float64((after-before)/time.Microsecond) / float64(requests/connections*connections), err
}

func keepAsking(address string, request func(n int) []byte, first, count int) error {
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+first))}} //nolint:gosec // below 256
	conn, err := from.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReaderSize(conn, 64<<10)
	for i := range count {
		if _, err := conn.Write(request(first + i*connections)); err != nil {
			return err
		}
		if err := skipAnswer(reader); err != nil {
			return err
		}
	}
	return nil
}

// skipAnswer reads one answer as cheaply as it can be read.
func skipAnswer(r *bufio.Reader) error {
	length, status := 0, ""
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		switch {
		case status == "":
			if status = string(line); !strings.Contains(status, " 200 ") && !strings.Contains(status, " 304 ") {
				return fmt.Errorf("the server answered %q", status)
			}
		case len(bytes.TrimSpace(line)) == 0:
			_, err := r.Discard(length)
			return err
		case bytes.HasPrefix(line, []byte("Content-Length: ")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len("Content-Length: "):]))); err != nil {
				return err
			}
		}
	}
}

// once gives the whole answer to one request, head and body.
func once(address string, request []byte) ([]byte, error) {
	conn, err := net.Dial("tcp", address) //nolint:noctx // ends with the program
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	var whole bytes.Buffer
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &whole)), nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	return whole.Bytes(), err
}

// servePlain answers every request with the status and the body of a recorded answer, and as few headers as there can be.
func servePlain(sample string) error {
	recorded, err := os.ReadFile(sample)
	if err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(recorded)), nil) //nolint:bodyclose // the caller closes it
	if err != nil {
		return err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with the program
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "http://%s \n", listener.Addr())
	status, length := response.StatusCode, strconv.Itoa(len(body))
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { //nolint:gosec // it lives for a minute, on loopback
		_, _ = io.ReadAll(r.Body)
		if status == http.StatusNotModified {
			w.Header().Set("ETag", response.Header.Get("ETag"))
		} else {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", length)
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
}
