package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	maxKeyLength = 200
	// Longer than any device stays offline with work on it.
	rememberFor = 60 * 24 * time.Hour
)

// call is one change that somebody asks for.
type call struct {
	context.Context
	who  account
	tx   *sql.Tx
	r    *http.Request
	body []byte
	now  time.Time
}

// once makes a handler of a change that happens at most once for each
// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07). The answer is stored in the change's own
// transaction; a refused change stores nothing, so that it may be tried again.
func (a *app) once(change func(call) (status int, answer any, err error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := a.who(r)
		if err != nil {
			return err
		}
		body, err := readBody(w, r)
		if err != nil {
			return err
		}
		key, err := readKey(r)
		if err != nil {
			return err
		}
		leave, free := a.enter(who.ID + " " + key)
		if !free {
			p := refuse(http.StatusConflict, "in-progress", "Still at work", "A request with this Idempotency-Key is being worked on.")
			p.retryAfter = "1"
			return p
		}
		defer leave()
		status, answer, replayed, err := a.runOnce(r, who, key, body, change)
		if err != nil {
			return err
		}
		if replayed {
			w.Header().Set("Idempotency-Replayed", "true")
		}
		writeJSON(w, status, answer)
		return nil
	}
}

func (a *app) runOnce(r *http.Request, who account, key string, body []byte,
	change func(call) (int, any, error),
) (status int, answer []byte, replayed bool, err error) {
	ctx := r.Context()
	sum := sha256.Sum256([]byte(r.Method + " " + r.URL.RequestURI() + "\n" + string(body)))
	fingerprint := hex.EncodeToString(sum[:])
	now := a.now()
	err = a.db.change(ctx, func(tx *sql.Tx) error {
		var known string
		err := tx.QueryRowContext(ctx, "SELECT fingerprint, status, body FROM idempotency WHERE account_id = $1 AND key = $2", who.ID, key).
			Scan(&known, &status, &answer)
		switch {
		case err == nil && known != fingerprint:
			return refuse(http.StatusUnprocessableEntity, "key-reused", "Key used twice",
				"This Idempotency-Key has been used for another request.").withHint("Take a new key for every change.")
		case err == nil:
			replayed = true
			return nil
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		var value any
		if status, value, err = change(call{Context: ctx, who: who, tx: tx, r: r, body: body, now: now}); err != nil {
			return err
		}
		if answer, err = json.Marshal(value); err != nil {
			return fmt.Errorf("encode the answer: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM idempotency WHERE created_at < $1", now.Add(-rememberFor).UnixMicro()); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO idempotency VALUES ($1, $2, $3, $4, $5, $6)",
			who.ID, key, fingerprint, status, answer, now.UnixMicro())
		return err
	})
	return status, answer, replayed, err
}

// readKey takes the header as a structured string ("…", as the draft wants it) or bare.
func readKey(r *http.Request) (string, error) {
	key := strings.TrimSpace(r.Header.Get("Idempotency-Key"))
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	if key == "" || len(key) > maxKeyLength {
		return "", refuse(http.StatusBadRequest, "key-missing", "No Idempotency-Key",
			"Every change needs an Idempotency-Key header of 1 to %d characters.", maxKeyLength).
			withHint("Send a new UUID with every change and the same one when you repeat it.")
	}
	return key, nil
}

// enter notes that a key is at work; free is false when it already is.
func (a *app) enter(key string) (leave func(), free bool) {
	a.busyLock.Lock()
	defer a.busyLock.Unlock()
	if a.busy[key] {
		return nil, false
	}
	a.busy[key] = true
	return func() {
		a.busyLock.Lock()
		defer a.busyLock.Unlock()
		delete(a.busy, key)
	}, true
}
