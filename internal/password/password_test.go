package password

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"tournant/internal/chef"
)

func cheap(t *testing.T, plain string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(plain), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

func TestVerify(t *testing.T) {
	const unusedSalt = "$2a$12$abcdefghijklmnopqrstuv"
	// The bare digests are those of sha1sum(1).
	tests := []struct {
		name   string
		stored chef.Password
	}{
		{"bcrypt", chef.Password{Hash: cheap(t, "s3cret!"), Scheme: "bcrypt"}},
		{"open source bcrypt", chef.Password{Hash: cheap(t, "s3cret!"), Salt: unusedSalt, Scheme: "erlang-bcrypt-0.5.0"}},
		{"sha1 in bcrypt", chef.Password{Hash: cheap(t, salted("salt", "s3cret!")), Salt: "salt", Scheme: "SHA1-bcrypt"}},
		{"sha1 in bcrypt, both salts", chef.Password{
			Hash: cheap(t, salted("--salt", "s3cret!")), Salt: unusedSalt + "\tsalt", Scheme: "sha1+bcrypt",
		}},
		{"sha1", chef.Password{Hash: "24e24a02a3298a9ad8e476f4a33684d6c489823b", Salt: "salt"}},
		{"open source sha1", chef.Password{Hash: "7917a94de2a5116376c49562d817ff5b080a8b7d", Salt: "salt", Scheme: "sha1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !Verify("s3cret!", test.stored) {
				t.Error("the password does not verify")
			}
			if wrong := "s3cret!!"; Verify(wrong, test.stored) {
				t.Errorf("%q verifies", wrong)
			}
		})
	}
}

func TestHash(t *testing.T) {
	long := strings.Repeat("p", 100)
	for _, plain := range []string{"pässwörd", long} {
		stored, err := Hash(plain)
		if err != nil {
			t.Fatalf("Hash(%q): %v", plain, err)
		}
		if ok := Verify(plain, stored); !ok || Outdated(stored) {
			t.Errorf("%q: verifies %v, outdated %v", plain, ok, Outdated(stored))
		}
		if Verify("other-"+plain, stored) {
			t.Errorf("another password verifies as %q", plain)
		}
	}
}

func TestUnknownUserCostsAHash(t *testing.T) {
	cost, err := bcrypt.Cost([]byte(unmatched))
	if err != nil || cost != bcrypt.DefaultCost {
		t.Fatalf("cost %d, %v; want %d", cost, err, bcrypt.DefaultCost)
	}
	if err := bcrypt.CompareHashAndPassword([]byte(unmatched), []byte("x")); !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		t.Fatalf("comparing ends early: %v", err)
	}
	if Verify("", chef.Password{}) {
		t.Error("nobody logs in with no password")
	}
}
