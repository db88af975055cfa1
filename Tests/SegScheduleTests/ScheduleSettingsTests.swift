import SegSchedule
import Testing

@Suite struct ScheduleSettingsTests {
  @Test("intervals and cores are raised into their ranges")
  func raisesNumbers() {
    let settings = ScheduleSettings(minimumInterval: -3, maximumInterval: 0, cores: 0)
    #expect(settings.minimumInterval == 1 && settings.maximumInterval == 1 && settings.cores == 1)
    #expect(ScheduleSettings(minimumInterval: 40, maximumInterval: 30).maximumInterval == 40)
  }
}
