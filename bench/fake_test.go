package bench

import (
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tournant/internal/signing"
)

// asked is a request as the fake server saw it.
type asked struct {
	method, path, query string
	user, sign, api     string
	id                  string // X-Remote-Request-Id
	header              int    // bytes of the request line and headers, about
	body                []byte
	connection          string
	close               bool
	status              int
}

func (a *asked) String() string { return fmt.Sprintf("%s %s %d", a.method, a.path, a.status) }

// fake is as much of a Chef server as the loads need. It verifies signatures,
// keeps documents as they come, and knows nothing of their meaning.
type fake struct {
	*httptest.Server
	mu        sync.Mutex
	keys      map[string]*rsa.PublicKey
	documents map[string][]byte // by path
	asked     []*asked
	files     int // in every solution
	refuse    func(*asked) int
}

const fakeOrg = "/organizations/bench"

func newFake(t *testing.T, key *rsa.PrivateKey, start func(*httptest.Server)) *fake {
	t.Helper()
	f := &fake{keys: map[string]*rsa.PublicKey{"pivotal": &key.PublicKey}, documents: map[string][]byte{}, files: 6}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ErrorLog = log.New(io.Discard, "", 0)
	start(f.Server)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	a := &asked{
		method: r.Method, path: strings.TrimPrefix(r.URL.Path, fakeOrg), query: r.URL.RawQuery,
		user: r.Header.Get("X-Ops-Userid"), sign: r.Header.Get("X-Ops-Sign"),
		api: r.Header.Get("X-Ops-Server-Api-Version"), id: r.Header.Get("X-Remote-Request-Id"),
		header: headerSize(r), body: body, connection: r.RemoteAddr, close: r.Close,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, a)
	var answer any
	a.status, answer = f.answer(a, r)
	w.WriteHeader(a.status)
	if raw, ok := answer.([]byte); ok {
		w.Write(raw)
		return
	}
	json.NewEncoder(w).Encode(answer)
}

func headerSize(r *http.Request) int {
	n := len(r.Method) + len(r.URL.RequestURI()) + len(" HTTP/1.1\r\n ") + len("Host: \r\n") + len(r.Host)
	for name, values := range r.Header {
		n += len(name) + len(": \r\n") + len(values[0])
	}
	return n
}

type object map[string]any

func (f *fake) answer(a *asked, r *http.Request) (int, any) {
	if strings.HasPrefix(r.URL.Path, "/bookshelf/") {
		return f.bookshelf(a)
	}
	signature, err := signing.Parse(r.Header, time.Now(), time.Minute)
	if err != nil || f.keys[a.user] == nil || !signature.Verify(f.keys[a.user], r.Method, r.URL.EscapedPath(), a.body) {
		return http.StatusUnauthorized, object{"error": []string{"who is " + a.user}}
	}
	if f.refuse != nil {
		if status := f.refuse(a); status != 0 {
			return status, object{"error": []string{"refused"}}
		}
	}
	switch {
	case strings.HasSuffix(a.path, "/cookbook_versions"):
		return f.solve(a)
	case a.path == "/data-collector" || strings.HasPrefix(a.path, "/reports/"):
		return http.StatusNotFound, object{"error": []string{"no such service"}}
	case strings.HasPrefix(a.path, "/search/"):
		return http.StatusOK, object{"total": 1, "rows": []object{{"name": "x"}}}
	case strings.HasPrefix(a.path, "/sandboxes"):
		return f.sandbox(a)
	case strings.HasPrefix(a.path, "/cookbooks"):
		return f.cookbooks(a)
	default:
		return f.document(a)
	}
}

func (f *fake) bookshelf(a *asked) (int, any) {
	if a.method == http.MethodPut {
		f.documents[a.path] = a.body
	}
	return http.StatusOK, []byte("the content")
}

func (f *fake) solve(a *asked) (int, any) {
	var wanted struct {
		RunList []string `json:"run_list"`
	}
	if err := json.Unmarshal(a.body, &wanted); err != nil || len(wanted.RunList) != 2 {
		return http.StatusBadRequest, object{}
	}
	solution, left := object{}, f.files
	for i := range solvedCookbooks {
		var all []object
		for ; left > 0 && len(all) < 2; left-- {
			all = append(all, object{"url": fmt.Sprintf("%s/bookshelf/%d?signature=x", f.URL, left)})
		}
		solution[fmt.Sprint("cookbook", i)] = object{"all_files": all}
	}
	return http.StatusOK, solution
}

func (f *fake) sandbox(a *asked) (int, any) {
	if a.method == http.MethodPut {
		return http.StatusOK, object{}
	}
	var wanted struct{ Checksums map[string]any }
	if err := json.Unmarshal(a.body, &wanted); err != nil {
		return http.StatusBadRequest, object{}
	}
	checksums := object{}
	for sum := range wanted.Checksums {
		path := "/bookshelf/" + sum
		_, known := f.documents[path]
		checksums[sum] = object{"needs_upload": !known, "url": f.URL + path}
	}
	return http.StatusCreated, object{"sandbox_id": "box", "checksums": checksums}
}

func (f *fake) cookbooks(a *asked) (int, any) {
	if a.method == http.MethodPut {
		f.documents[a.path] = a.body
		return http.StatusCreated, object{}
	}
	all := map[string]map[string][]object{}
	for path := range f.documents {
		if name, version, ok := strings.Cut(strings.TrimPrefix(path, "/cookbooks/"), "/"); ok && strings.HasPrefix(path, "/cookbooks/") {
			if all[name] == nil {
				all[name] = map[string][]object{}
			}
			all[name]["versions"] = append(all[name]["versions"], object{"version": version})
		}
	}
	return http.StatusOK, all
}

// document serves whatever has a name, and two collections.
func (f *fake) document(a *asked) (int, any) {
	stored, exists := f.documents[a.path]
	switch {
	case a.method == http.MethodPost:
		return f.create(a)
	case a.method == http.MethodGet && (a.path == "/nodes" || a.path == "/clients"):
		return http.StatusOK, f.list(a.path)
	case !exists:
		return http.StatusNotFound, object{"error": []string{"no " + a.path}}
	case a.method == http.MethodPut:
		f.documents[a.path] = a.body
		f.learn(a)
	case a.method == http.MethodDelete:
		delete(f.documents, a.path)
	}
	return http.StatusOK, stored
}

func (f *fake) create(a *asked) (int, any) {
	var named struct{ Name, ID string }
	if err := json.Unmarshal(a.body, &named); err != nil {
		return http.StatusBadRequest, object{}
	}
	path := a.path + "/" + named.Name + named.ID
	if a.path == "/organizations" {
		path = "" // the path of the organization, below itself
	}
	if _, exists := f.documents[path]; exists {
		return http.StatusConflict, object{}
	}
	f.documents[path] = a.body
	f.learn(a)
	return http.StatusCreated, object{"uri": f.URL + path}
}

// learn takes the key of a client that is created or changed.
func (f *fake) learn(a *asked) {
	var client struct {
		Name string
		Key  string `json:"public_key"`
	}
	if !strings.HasPrefix(a.path, "/clients") || json.Unmarshal(a.body, &client) != nil {
		return
	}
	if key, err := signing.ParsePublicKey([]byte(client.Key)); err == nil {
		f.keys[client.Name] = key
	}
}

func (f *fake) list(path string) object {
	names := object{}
	for p := range f.documents {
		if name, ok := strings.CutPrefix(p, path+"/"); ok && !strings.Contains(name, "/") {
			names[name] = f.URL + p
		}
	}
	return names
}

// take returns what was asked since the last time.
func (f *fake) take() []*asked {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.asked
	f.asked = nil
	return all
}

// closedListener is an address where nobody answers.
func closedListener(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}
