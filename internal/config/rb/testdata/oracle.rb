# Evaluates the sources on standard input, a JSON array, as the original does:
# in an object whose methods are the words. Prints the settings of each.
require 'json'

class Mash < Hash
  def self.of(value)
    case value
    when Hash then value.each_with_object(new) { |(k, v), mash| mash[k] = of(v) }
    when Array then value.map { |v| of(v) }
    else value
    end
  end

  def [](key) = super(key.to_s)
  def []=(key, value)
    super(key.to_s, value)
  end
end

class Words
  attr_reader :settings, :servers

  def initialize
    @settings = {}
    @servers = Mash.new
  end

  def node = Mash.of(fqdn: 'fe1.example.com', hostname: 'fe1', domain: 'example.com')
  def server(name, options) = @servers[name] = Mash.of(options)

  %w[topology api_fqdn disabled_plugins].each do |word|
    define_method(word) { |*value| value.empty? ? @settings[word] : @settings[word] = value[0] }
  end

  %w[nginx postgresql lb].each do |word|
    define_method(word) { |hash = nil| hash ? @settings[word] = Mash.of(hash) : @settings[word] ||= Mash.new }
  end
end

module Root
  class << self
    attr_accessor :words

    def [](key) = key == 'servers' ? words.servers : words.send(key)
    def []=(key, value)
      words.send(key, value)
    end
  end
end
PrivateChef = ChefServer = Root

sources = JSON.parse($stdin.read)
ENV.replace('ROLE' => 'frontend', 'PORT' => '8443', 'EMPTY' => '')
results = sources.map do |source|
  Root.words = Words.new
  Root.words.instance_eval(source.delete_prefix("\uFEFF"), 'chef-server.rb', 1)
  JSON.generate(Root.words.settings)
rescue StandardError, SyntaxError => e
  e.class.name
end
puts JSON.generate(results)
