package search

// keyspace is the key prefix of one space.
type keyspace []byte

func newKeyspace(id uint64) keyspace {
	return appendUint([]byte{kindData}, id)
}

// sub starts a key of the space. Its capacity is cut, so that appending to two
// of them does not share memory.
func (k keyspace) sub(kind byte) []byte {
	b := make([]byte, len(k)+1, len(k)+40)
	copy(b, k)
	b[len(k)] = kind
	return b
}

func (k keyspace) object(id int64) []byte {
	return appendUint(k.sub(subObject), uint64(id))
}

func (k keyspace) manifest(id int64) []byte {
	return appendUint(k.sub(subManifest), uint64(id))
}

func (k keyspace) chunk(id int64, top uint64) []byte {
	return appendUint(appendUint(k.sub(subChunk), uint64(id)), top)
}

// children is the prefix under which the keys of a path lie.
func (k keyspace) children(parent uint64) []byte {
	return appendUint(k.sub(subChild), parent)
}

func (k keyspace) child(parent uint64, key string) []byte {
	return appendWords(k.children(parent), key)
}

// name is the dictionary's entry of a path under one of its names; kind is
// subJoined or subLast.
func (k keyspace) name(kind byte, name string, path uint64) []byte {
	return appendUint(k.names(kind, name), path)
}

// names is the prefix of all paths of exactly that name.
func (k keyspace) names(kind byte, name string) []byte {
	return append(appendText(k.sub(kind), name), endText)
}

// postings is the prefix of all postings of a path.
func (k keyspace) postings(path uint64) []byte {
	return appendUint(k.sub(subPosting), path)
}
