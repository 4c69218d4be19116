package outside

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// interval is the pause between two attempts.
const interval = 100 * time.Millisecond

// Await fetches url until it holds text and returns that page.
func (c *Client) Await(ctx context.Context, url, text string) (*Page, error) {
	for {
		page, err := c.Get(ctx, url)
		if err == nil {
			if page.Has(text) {
				return page, nil
			}
			err = fmt.Errorf("status %d: %.200q", page.Status, page.Body)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("no page at %s: %w", url, err)
		case <-time.After(interval):
		}
	}
}

// WaitPage ends the test if url does not hold text within the time.
func (c *Client) WaitPage(t testing.TB, url, text string, within time.Duration) *Page {
	t.Helper()
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	page, err := c.Await(ctx, url, text)
	if err != nil {
		t.Fatalf("within %v: %v", within, err)
	}
	t.Logf("page %s after %v", url, time.Since(start).Round(time.Millisecond))
	return page
}

// WaitNoPage ends the test if the public still gets through to the node at the
// end of the time. Nothing but the ingress's refusal counts as no page.
func (c *Client) WaitNoPage(t testing.TB, url string, within time.Duration) {
	t.Helper()
	end := time.Now().Add(within)
	for {
		page, err := c.Get(t.Context(), url)
		if errors.Is(err, ErrNoPage) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after %v, %s is not refused: page %+v, error %v", within, url, page, err)
		}
		time.Sleep(interval)
	}
}

// StaysAway ends the test if url stops being refused within the time.
func (c *Client) StaysAway(t testing.TB, url string, during time.Duration) {
	t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(interval) {
		if page, err := c.Get(t.Context(), url); !errors.Is(err, ErrNoPage) {
			t.Fatalf("%s is no longer refused: page %+v, error %v", url, page, err)
		}
	}
}
