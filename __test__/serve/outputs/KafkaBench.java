// The other side of the Kafka tests: makes topics and reads them back with Apache's own client, which shares no code with the one under test.
// A command a line on standard input, JSON lines and `done` on standard output. Started by `kafka-broker.ts` from its source.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public final class KafkaBench {
  private static Map<String, Object> settings;

  public static void main(String[] words) throws Exception {
    settings = Map.of("bootstrap.servers", words[0]);
    var input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      var command = line.split(" ");
      try {
        if (command[0].equals("create")) create(command);
        else read(command[1]);
        System.out.println("done");
      } catch (Exception fault) {
        System.out.println("fault " + fault);
      }
    }
  }

  /** `create TOPIC PARTITIONS [NAME=VALUE]…` */
  private static void create(String[] command) throws Exception {
    var topic = new NewTopic(command[1], Integer.parseInt(command[2]), (short) 1);
    var configs = new HashMap<String, String>();
    for (int at = 3; at < command.length; at++) {
      var pair = command[at].split("=", 2);
      configs.put(pair[0], pair[1]);
    }
    try (var admin = Admin.create(settings)) {
      admin.createTopics(List.of(topic.configs(configs))).all().get();
    }
    // Answered once every partition has its leader.
    read(command[1]);
  }

  /** `read TOPIC`: all it has. */
  private static void read(String topic) {
    try (var consumer = consumer()) {
      var partitions = partitions(consumer, topic);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) System.out.println(json(record));
      }
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer, String topic) {
    var partitions = new ArrayList<TopicPartition>();
    for (var info : consumer.partitionsFor(topic)) partitions.add(new TopicPartition(topic, info.partition()));
    return partitions;
  }

  private static String json(ConsumerRecord<byte[], byte[]> record) {
    var headers = new ArrayList<Header>();
    record.headers().forEach(headers::add);
    var pairs =
        headers.stream().map(header -> "\"" + header.key() + "\":" + text(header.value())).collect(Collectors.joining(","));
    return "{\"partition\":" + record.partition() + ",\"key\":" + text(record.key()) + ",\"value\":" + text(record.value())
        + ",\"headers\":{" + pairs + "}}";
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "null" : "\"" + Base64.getEncoder().encodeToString(bytes) + "\"";
  }
}
