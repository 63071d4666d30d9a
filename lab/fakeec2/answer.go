package fakeec2

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"time"
)

const namespace = "http://ec2.amazonaws.com/doc/" + apiVersion + "/"

// xmlTime is a time as EC2 writes it.
type xmlTime time.Time

// MarshalText implements encoding.TextMarshaler.
func (t xmlTime) MarshalText() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z")), nil
}

// An answer is what has a root element and a place for the request's id.
type answer interface {
	root() xml.StartElement
	setID(string)
}

// An envelope is what every answer but a refusal has: a name of its own, EC2's
// namespace, and the request's id as its first element.
type envelope struct {
	action    string
	RequestID string `xml:"requestId"`
}

func (e *envelope) root() xml.StartElement {
	return xml.StartElement{Name: xml.Name{Space: namespace, Local: e.action + "Response"}}
}

func (e *envelope) setID(id string) { e.RequestID = id }

// errorAnswer is the shape of AWS's "Example error response".
type errorAnswer struct {
	Errors []struct {
		Code, Message string
	} `xml:"Errors>Error"`
	RequestID string
}

func (e *errorAnswer) root() xml.StartElement {
	return xml.StartElement{Name: xml.Name{Local: "Response"}}
}

func (e *errorAnswer) setID(id string) { e.RequestID = id }

func (s *Server) answerError(w http.ResponseWriter, refused *Error) {
	s.answer(w, refused.Status, &errorAnswer{Errors: []struct{ Code, Message string }{{refused.Code, refused.Message}}})
}

func (s *Server) answer(w http.ResponseWriter, status int, a answer) {
	id := s.requestID()
	a.setID(id)
	body := bytes.NewBufferString(xml.Header)
	if err := xml.NewEncoder(body).EncodeElement(a, a.root()); err != nil {
		s.log.Error("answer", "error", err)
		http.Error(w, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/xml;charset=UTF-8")
	h.Set("Date", s.clock.Now().UTC().Format(http.TimeFormat))
	h.Set("Server", "AmazonEC2")
	h.Set("X-Amzn-Requestid", id)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}
