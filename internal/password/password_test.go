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
		{"sha1", chef.Password{Hash: salted("salt", "s3cret!"), Salt: "salt"}},
		{"open source sha1", chef.Password{Hash: salted("--salt", "s3cret!"), Salt: "salt", Scheme: "sha1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !Verify("s3cret!", test.stored) {
				t.Error("the password does not verify")
			}
			for _, wrong := range []string{"", "s3cret", "s3cret!!", test.stored.Hash} {
				if Verify(wrong, test.stored) {
					t.Errorf("%q verifies", wrong)
				}
			}
		})
	}
}

func TestHash(t *testing.T) {
	long := strings.Repeat("p", 100)
	for _, plain := range []string{"foobar", "pässwörd", long} {
		stored, err := Hash(plain)
		if err != nil {
			t.Fatalf("Hash(%q): %v", plain, err)
		}
		if !Verify(plain, stored) || Outdated(stored) {
			t.Errorf("%q: verifies %v, outdated %v", plain, Verify(plain, stored), Outdated(stored))
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
	for _, plain := range []string{"", "password", "pivotal"} {
		if Verify(plain, chef.Password{}) {
			t.Errorf("%q is the password of nobody", plain)
		}
	}
}

func TestLegacyVectors(t *testing.T) {
	// sha1("salt--password--") and sha1("--salt--password--") by sha1sum.
	tests := map[string]chef.Password{
		"user server": {Hash: "4fe774a69a1c68e1bdb1d2b5c0a96d51488f09d6", Salt: "salt"},
		"open source": {Hash: "81c35bdfd7b6bc8878248ae59671c396aa519764", Salt: "salt"},
	}
	for name, stored := range tests {
		if !Verify("password", stored) {
			t.Errorf("%s: does not verify", name)
		}
	}
}
