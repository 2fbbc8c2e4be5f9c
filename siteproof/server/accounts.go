package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

const (
	sessionCookie = "siteproof_session"
	sessionFor    = 30 * 24 * time.Hour

	// OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane.
	hashMemory = 19 * 1024
	hashPasses = 2
	hashLength = 32
	saltLength = 16
	// Each hash takes 19 MiB; more than two at once would let strangers fill the memory.
	hashesAtOnce = 2

	maxAccounts = 1000
)

// account is a person who uses SiteProof. The id is also the person's targeting key at Belay.
type account struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role"`
}

// newAccount is an account to be made at the start.
type newAccount struct {
	account
	Password string `json:"password"`
}

// readAccounts reads the file given with --accounts.
func readAccounts(path string) ([]newAccount, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the accounts: %w", err)
	}
	var accounts []newAccount
	if err := json.Unmarshal(text, &accounts); err != nil {
		return nil, fmt.Errorf("read the accounts in %s: %w", path, err)
	}
	if len(accounts) == 0 || len(accounts) > maxAccounts {
		return nil, fmt.Errorf("%s holds %d accounts; 1 to %d are possible", path, len(accounts), maxAccounts)
	}
	for i, a := range accounts {
		if a.ID == "" || a.Name == "" || !strings.Contains(a.Email, "@") || len(a.Password) < 8 {
			return nil, fmt.Errorf("account %d in %s needs an id, a name, an email address and a password of 8 characters", i+1, path)
		}
	}
	return accounts, nil
}

// saveAccounts makes the accounts that are missing and brings the others up to date.
func (a *app) saveAccounts(ctx context.Context, accounts []newAccount) error {
	for _, n := range accounts {
		hash, err := a.hash(ctx, n.Password)
		if err != nil {
			return err
		}
		err = a.db.change(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO accounts (id, name, email, role, password, created_at)
				VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (id) DO UPDATE SET name = $2, email = $3, role = $4, password = $5`,
				n.ID, n.Name, n.Email, n.Role, hash, a.now().UnixMicro())
			return err
		})
		if err != nil {
			return fmt.Errorf("make the account of %s: %w", n.Email, err)
		}
	}
	return nil
}

// hash derives what is stored of a password, in the usual text form of Argon2id.
func (a *app) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt)
	key, err := a.derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, hashMemory, hashPasses,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

func (a *app) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, 1, hashLength), nil
}

func (a *app) matches(ctx context.Context, password, stored string) (bool, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 {
		return false, errors.New("a stored password has an unknown form")
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	want, wantErr := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(saltErr, wantErr); err != nil {
		return false, fmt.Errorf("read a stored password: %w", err)
	}
	got, err := a.derive(ctx, password, salt)
	return subtle.ConstantTimeCompare(got, want) == 1, err
}

func (a *app) signIn(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	var given struct{ Email, Password string }
	if err := decode(body, &given); err != nil {
		return err
	}
	var c checks
	c.text("email", &given.Email, true, 200)
	c.add(given.Password != "", "password", "This is needed.")
	c.add(len(given.Password) <= 200, "password", "At most 200 characters, please.")
	if err := c.err(); err != nil {
		return err
	}
	if !a.attempts.allow(strings.ToLower(given.Email)) {
		p := refuse(http.StatusTooManyRequests, "too-many", "Too many tries", "There were too many tries with this address.").
			withHint("Wait a minute, then try again.")
		p.retryAfter = "60"
		return p
	}
	who, err := a.checkPassword(r.Context(), given.Email, given.Password)
	if err != nil {
		return err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	token := base64.RawURLEncoding.EncodeToString(secret)
	now := a.now()
	err = a.db.change(r.Context(), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(r.Context(), "DELETE FROM sessions WHERE expires_at < $1", now.UnixMicro()); err != nil {
			return err
		}
		_, err := tx.ExecContext(r.Context(), "INSERT INTO sessions VALUES ($1, $2, $3, $4)",
			hashToken(token), who.ID, now.UnixMicro(), now.Add(sessionFor).UnixMicro())
		return err
	})
	if err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	http.SetCookie(w, a.cookie(r, token, int(sessionFor.Seconds())))
	return a.answer(w, who)
}

// checkPassword takes as long for an unknown address as for a wrong password.
func (a *app) checkPassword(ctx context.Context, email, password string) (account, error) {
	var who account
	stored := a.nobody
	err := a.db.read.QueryRowContext(ctx, "SELECT id, name, email, role, password FROM accounts WHERE email = $1", email).
		Scan(&who.ID, &who.Name, &who.Email, &who.Role, &stored)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return who, fmt.Errorf("find the account: %w", err)
	}
	matches, hashErr := a.matches(ctx, password, stored)
	if hashErr != nil {
		return who, hashErr
	}
	if err != nil || !matches {
		return who, refuse(http.StatusUnauthorized, "credentials", "Not signed in", "Email address and password do not belong together.")
	}
	return who, nil
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		err := a.db.change(r.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(r.Context(), "DELETE FROM sessions WHERE token_hash = $1", hashToken(cookie.Value))
			return err
		})
		if err != nil {
			return fmt.Errorf("end the session: %w", err)
		}
	}
	http.SetCookie(w, a.cookie(r, "", -1))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *app) cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: sessionCookie, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
}

// findSession says who is signed in: null for nobody, which is an answer and not an error.
func (a *app) findSession(w http.ResponseWriter, r *http.Request) error {
	who, err := a.who(r)
	var p *problem
	switch {
	case errors.As(err, &p) && p.Status == http.StatusUnauthorized:
		return a.answer(w, nil)
	case err != nil:
		return err
	}
	return a.answer(w, who)
}

// who finds the account of a request's session.
func (a *app) who(r *http.Request) (account, error) {
	var who account
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return who, refuse(http.StatusUnauthorized, "signed-out", "Not signed in", "Please sign in first.")
	}
	err = a.db.read.QueryRowContext(r.Context(), `SELECT a.id, a.name, a.email, a.role FROM sessions s
		JOIN accounts a ON a.id = s.account_id WHERE s.token_hash = $1 AND s.expires_at > $2`,
		hashToken(cookie.Value), a.now().UnixMicro()).Scan(&who.ID, &who.Name, &who.Email, &who.Role)
	if errors.Is(err, sql.ErrNoRows) {
		return who, refuse(http.StatusUnauthorized, "signed-out", "Not signed in", "The session has ended. Please sign in again.")
	}
	if err != nil {
		return who, fmt.Errorf("find the session: %w", err)
	}
	return who, nil
}

// hashToken is what is stored of a session's token: the file alone opens no session.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
