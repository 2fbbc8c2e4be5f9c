package clients

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestTheGuideForGoServers builds and runs the program of docs/guides/go-server.md, as it stands there.
func TestTheGuideForGoServers(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join(root, "docs/guides/go-server.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```go run=main\n(.*?)```").FindSubmatch(guide)
	if found == nil {
		t.Fatal("the guide has no program")
	}
	folder := t.TempDir()
	source, program := filepath.Join(folder, "main.go"), filepath.Join(folder, "shop")
	if err := os.WriteFile(source, found[1], 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b := startBelay(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	shop := exec.CommandContext(t.Context(), program)
	shop.Env = append(os.Environ(), "BELAY_URL="+b.url, "BELAY_SERVER_KEY="+b.serverKey, "LISTEN="+address)
	if err := shop.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = shop.Process.Kill() // it serves until then
		_ = shop.Wait()         // killed, so this is an error
	})
	banner := func() string {
		response, err := http.Get("http://" + address + "/banner?user=usr_1&plan=pro")
		if err != nil {
			return err.Error()
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	b.until("the shop serves", func() bool { return banner() == "hello" })
	b.crash()
	if got := banner(); got != "Welcome" {
		t.Fatalf("while Belay is down the banner is %q", got)
	}
	b.start()
	if got := banner(); got != "hello" {
		t.Fatalf("after the outage the banner is %q", got)
	}
}
