package tailnet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	client "tailscale.com/tempfork/acme" // tailscaled's
)

const (
	customers = 3  // order certificates side by side
	orders    = 20 // of each customer, one after the other
	onlookers = 3  // ask for the page of an order again and again
	patience  = time.Minute
)

// TestManyOrders: who orders a certificate gets it, and who can't prove the name
// is refused, whatever others order and whoever looks at the order meanwhile.
// An authority that has stopped answers nothing at all.
func TestManyOrders(t *testing.T) {
	ca, err := startACME(loopback, func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var all sync.WaitGroup
	for i := range customers {
		all.Go(func() {
			c, err := newCustomer(ctx, ca)
			if err != nil {
				t.Error(err)
				return
			}
			for j := range orders {
				name := fmt.Sprintf("node%d-%d.%s", i, j, Domain)
				if err := c.order(ctx, name, true); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				var refused *client.OrderError
				if err := c.order(ctx, "not-"+name, false); !errors.As(err, &refused) {
					t.Errorf("not-%s: %v", name, err)
				}
			}
		})
	}
	all.Wait()
}

// customer is a client of the authority with an account of its own.
type customer struct {
	*client.Client
	ca *acme
}

func newCustomer(ctx context.Context, ca *acme) (*customer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.rootPEM)
	c := &customer{ca: ca, Client: &client.Client{
		Key:          key,
		DirectoryURL: ca.directory,
		HTTPClient:   &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}},
	}}
	_, err = c.Register(ctx, new(client.Account), client.AcceptTOS)
	return c, err
}

// order gets a certificate for name as tailscaled does. Without proof, the name
// can't be validated.
func (c *customer) order(ctx context.Context, name string, proof bool) error {
	order, err := c.AuthorizeOrder(ctx, client.DomainIDs(name))
	if err != nil {
		return err
	}
	defer c.onlook(ctx, order.URI)()
	if err := c.prove(ctx, order, name, proof); err != nil {
		return err
	}
	if order, err = c.WaitOrder(ctx, order.URI); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{name}}, key)
	if err != nil {
		return err
	}
	_, _, err = c.CreateOrderCert(ctx, order.FinalizeURL, csr, true)
	return err
}

// prove has the authority look at name's TXT record.
func (c *customer) prove(ctx context.Context, order *client.Order, name string, proof bool) error {
	authz, err := c.GetAuthorization(ctx, order.AuthzURLs[0])
	if err != nil {
		return err
	}
	i := slices.IndexFunc(authz.Challenges, func(ch *client.Challenge) bool { return ch.Type == "dns-01" })
	if i < 0 {
		return errors.New("no dns-01 challenge")
	}
	if proof {
		record, err := c.DNS01ChallengeRecord(authz.Challenges[i].Token)
		if err != nil {
			return err
		}
		c.ca.dns.AddDNSOneChallenge("_acme-challenge."+name+".", record)
	}
	_, err = c.Accept(ctx, authz.Challenges[i])
	return err
}

// onlook asks for the page of an order until the returned function is called.
func (c *customer) onlook(ctx context.Context, url string) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for range onlookers {
		all.Go(func() {
			for ctx.Err() == nil {
				c.GetOrder(ctx, url)
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}
