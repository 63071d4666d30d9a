package chef

// Password is a stored password: its hash, the salt where the scheme keeps one
// beside it, and the scheme's name.
type Password struct {
	Hash   string
	Salt   string
	Scheme string
}
