package conformance

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	randv2 "math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tournant/internal/signing"
)

// world is what all organizations of one run share: the connection, a few
// keys, since making them costs more than the tests do, and the users.
type world struct {
	target Target
	http   *http.Client

	// Most actors use keys[0]; the others replace it where a test rotates keys.
	keys [3]*rsa.PrivateKey

	mu    sync.Mutex
	names *randv2.Rand

	super    actor // the superuser
	admin    actor // a user who administers every organization
	user     actor // a user who belongs to every organization
	outsider actor // a user who belongs to none
	stranger actor // a name that the server does not know
}

func newWorld(t *testing.T, target Target) *world {
	t.Helper()
	target.Superuser = cmp.Or(target.Superuser, "pivotal")
	target.MaxBody = cmp.Or(target.MaxBody, 2_000_000)
	target.Seed = cmp.Or(target.Seed, randv2.Uint64())
	target.URL = strings.TrimRight(target.URL, "/")
	if target.Now == nil {
		target.Now = time.Now
	}
	t.Logf("conformance of %s with seed %d", target.URL, target.Seed)
	w := &world{
		target: target,
		http:   newHTTPClient(target.HTTP),
		names:  randv2.New(randv2.NewPCG(target.Seed, 0)),
	}
	w.makeKeys(t)
	vars := newVars()
	vars.set("root", target.URL)
	vars.set("super", target.Superuser)
	for i, key := range w.keys {
		vars.set(fmt.Sprintf("pub%d", i), jsonEscaped(publicPEM(key)))
	}
	w.super = w.newActor(target.Superuser, target.Key, target.URL, vars)
	w.stranger = w.newActor(w.unique("stranger"), w.keys[0], target.URL, vars)
	w.admin = w.newUser(t, "admin")
	w.user = w.newUser(t, "user")
	w.outsider = w.newUser(t, "outsider")
	return w
}

func (w *world) makeKeys(t *testing.T) {
	t.Helper()
	for i := range w.keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		w.keys[i] = key
	}
}

// unique returns prefix with a random ending.
func (w *world) unique(prefix string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprintf("%s-%08x", prefix, w.names.Uint32())
}

func (w *world) newActor(name string, key *rsa.PrivateKey, base string, vars *vars) actor {
	return actor{
		http:   w.http,
		base:   base,
		vars:   vars,
		signer: &signing.Signer{Name: name, Key: key, Now: w.target.Now},
	}
}

// newUser creates a global user with a random name and keys[0], and deletes it
// when t ends.
func (w *world) newUser(t *testing.T, prefix string) actor {
	t.Helper()
	name := w.unique(prefix)
	w.super.Post("$root/users", userBody(name)).Ok(t)
	t.Cleanup(func() { w.super.Delete("$root/users/" + name) })
	return w.newActor(name, w.keys[0], w.target.URL, w.super.vars)
}

// userBody is the request (v0) that creates a user with keys[0]. Users of this
// kind have no password, since a server takes its time over each.
func userBody(name string) string {
	return fmt.Sprintf(`{"username":%q,"email":"%s@example.com","display_name":%q,"first_name":"First","last_name":"Last",
		"external_authentication_uid":%q,"public_key":"$pub0"}`, name, name, name, name)
}

func publicPEM(key *rsa.PrivateKey) string {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err) // an RSA key always marshals
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// jsonEscaped is s as it stands between the quotes of a JSON string.
func jsonEscaped(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(quoted[1 : len(quoted)-1])
}
