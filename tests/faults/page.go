package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tsfunnel.test/outside"
)

const (
	pause   = 50 * time.Millisecond
	attempt = 4 * time.Second
	steady  = 1500 * time.Millisecond // a page that stays so long has come back
	prompt  = 300 * time.Millisecond  // an answer that took longer waited for something
	first   = 60 * time.Second        // for the page before the fault
	away    = 4 * time.Second         // a page that has to stay away is looked for

	deadline = 60 * time.Second
)

// ErrDead is that of a page that does not come back.
var ErrDead = errors.New("the page does not come back")

func (s *Subject) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, first)
	defer cancel()
	if _, err := s.Client.Await(ctx, s.url, s.Token); err != nil {
		return fmt.Errorf("before the fault: %w", err)
	}
	return nil
}

// isUp fetches the page once.
func (s *Subject) isUp(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	page, err := s.Client.Get(ctx, s.url)
	return err == nil && page.Has(s.Token)
}

// recovery returns when the page came to stay: the end of the last failure
// before it was there for the time called steady.
func (s *Subject) recovery(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	up := start
	for time.Since(start) < deadline && ctx.Err() == nil {
		asked := time.Now()
		// An answer that had to wait came when it came, not when it was asked for.
		if !s.isUp(ctx) || time.Since(asked) > prompt {
			up = time.Now()
		} else if time.Since(up) >= steady {
			return up.Sub(start), nil
		}
		time.Sleep(pause)
	}
	return 0, errors.Join(ErrDead, ctx.Err())
}

// absence demands that the page is refused, and goes on to be.
func (s *Subject) absence(ctx context.Context) error {
	for end := time.Now().Add(away); time.Now().Before(end); time.Sleep(pause) {
		if page, err := s.Client.Get(ctx, s.url); !errors.Is(err, outside.ErrNoPage) {
			return fmt.Errorf("the page is not refused: %+v, %w", page, err)
		}
	}
	return ctx.Err()
}
