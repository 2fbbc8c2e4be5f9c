package cli

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/egress"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/transfer"
)

// mostPages is how many pages of identities a document may have; each holds about a thousand.
const mostPages = 1000

// timeoutOfDocument is how long one page may take: Flagsmith builds large ones when it is asked.
const timeoutOfDocument = 60 * time.Second

// fetchDocument fetches an environment document with all its pages. It is called from the machine of whoever typed the
// address, so addresses of the private network are as good as others.
func fetchDocument(ctx context.Context, base, serverKey string) ([]byte, error) {
	if serverKey == "" {
		return nil, fault.New(fault.Invalid, "there is no server key for %s", base).Hint("--server-key or BELAY_FROM_SERVER_KEY holds it; it begins with ser.")
	}
	client := egress.New(egress.Options{AllowPrivate: true, Timeout: timeoutOfDocument, MaxBytes: transfer.MaxText})
	defer client.Close()
	address := strings.TrimSuffix(base, "/") + "/environment-document/"
	var document map[string]json.RawMessage
	var overrides []json.RawMessage
	size := 0
	for range mostPages {
		text, next, err := fetchPage(ctx, client, address, serverKey)
		if err != nil {
			return nil, err
		}
		if size += len(text); size > transfer.MaxText {
			return nil, fault.New(fault.TooLarge, "the document is larger than %d bytes", transfer.MaxText)
		}
		if err := json.Unmarshal(text, &document); err != nil {
			return nil, fault.New(fault.Invalid, "what answers at %s is no environment document: %w", address, err)
		}
		var page []json.RawMessage
		if err := json.Unmarshal(document["identity_overrides"], &page); err == nil {
			overrides = append(overrides, page...)
		}
		if next == "" {
			all, err := json.Marshal(append([]json.RawMessage{}, overrides...))
			if err != nil {
				return nil, err
			}
			document["identity_overrides"] = all
			return json.MarshalIndent(document, "", "  ")
		}
		if address, err = relative(address, next); err != nil {
			return nil, err
		}
	}
	return nil, fault.New(fault.TooLarge, "the document has more than %d pages", mostPages)
}

func fetchPage(ctx context.Context, client *egress.Client, address, serverKey string) (text []byte, next string, err error) {
	answer, err := client.Send(ctx, egress.Request{
		Method: http.MethodGet, URL: address, Header: map[string]string{"X-Environment-Key": serverKey, "Accept": "application/json"},
	})
	switch {
	case err != nil:
		return nil, "", err
	case answer.Status != http.StatusOK:
		return nil, "", fault.New(fault.Unavailable, "%s answered %d %s", address, answer.Status, http.StatusText(answer.Status)).
			Hint("the address ends with /api/v1/, and the key is the server key of the environment")
	case answer.Cut:
		return nil, "", fault.New(fault.TooLarge, "the document is larger than %d bytes", transfer.MaxText)
	}
	if link, rest, found := strings.Cut(strings.TrimPrefix(answer.Link, "<"), ">"); found && strings.Contains(rest, `rel="next"`) {
		next = link
	}
	return answer.Body, next, nil
}

// relative resolves where the next page is, which has to be at the same place: the key goes nowhere else.
func relative(address, next string) (string, error) {
	base, err := url.Parse(address)
	if err != nil {
		return "", fault.New(fault.Invalid, "%q is not an address: %w", address, err)
	}
	to, err := base.Parse(next)
	if err != nil || to.Host != base.Host || to.Scheme != base.Scheme {
		return "", fault.New(fault.Invalid, "the next page of the document is said to be at %q, which is somewhere else", next)
	}
	return to.String(), nil
}
